"""What a step sees: its copy of the project, its volumes, its environment, its arguments."""

from __future__ import annotations

import json
import logging
import os
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from local_workflows import (
    claim,
    container,
    files_below,
    phases,
    printed,
    python,
    shell,
    step_of,
    task,
    workflow,
)

from kedro_kubeflow.local.project_copy import copy_project, remove_tree

TRUE = container(["true"])
MOUNT_DATA = {"volumeMounts": [{"name": "data-volume", "mountPath": "/home/kedro/data"}]}
CLAIM = {"persistentVolumeClaim": {"claimName": "{{workflow.name}}-volume"}}
DATA_VOLUME = [{"name": "data-volume", **CLAIM}]


def mount(path, name="v", **more):
    return {"volumeMounts": [{"name": name, "mountPath": path, **more}]}


def test_a_step_starts_in_a_copy_of_the_project(run, project):
    script = "cat conf/base/parameters.yml data/01_raw/cars.csv; pwd; echo $PWD"
    result = run(workflow([task("a")], {"a": container(shell(script))}))
    lines = printed(result, "a").splitlines()
    assert lines[:3] == ["alpha: 0.2", "a,b", "1,2"]
    assert lines[3] == lines[4] != str(project)


def test_what_a_step_leaves_or_changes_the_next_does_not_see(run, project):
    change = container(
        shell("echo changed >> conf/base/parameters.yml; echo x > left; rm -r data; ls")
    )
    look = container(shell("cat conf/base/parameters.yml; ls"))
    result = run(workflow([task("a"), task("b", "a")], {"a": change, "b": look}))
    assert printed(result, "a") == "conf\nleft\n"
    assert printed(result, "b") == "alpha: 0.2\nconf\ndata\n"
    assert files_below(project) == ["conf/base/parameters.yml", "data/01_raw/cars.csv"]
    assert (project / "conf/base/parameters.yml").read_text() == "alpha: 0.2\n"


def test_a_link_on_a_volume_leads_to_no_other_folder(run, run_folder, tmp_path):
    (run_folder / "volumes" / "c").mkdir(parents=True)
    (run_folder / "volumes" / "c" / "x").symlink_to(tmp_path)
    made = workflow(
        [task("a")],
        {"a": container(["true"], container=mount("/home/kedro/data", subPath="x"))},
        volumes=[{"name": "v", "persistentVolumeClaim": {"claimName": "c"}}],
    )
    result = run(made)
    assert phases(result) == {"a": "Error"}
    assert "is a link that points outside the volume" in step_of(result, "a").message


def test_a_copy_goes_when_its_step_ends(run):
    look = container(shell('ls "$PWD/../.."'))
    result = run(workflow([task("a"), task("b", "a")], {"a": TRUE, "b": look}))
    assert printed(result, "b") == "b-1\n"


def test_a_retry_gets_a_copy_of_its_own(run):
    script = "test ! -e left || echo seen; echo > left; exit 1"
    template = container(shell(script), retryStrategy={"limit": 2})
    result = run(workflow([task("a")], {"a": template}))
    assert step_of(result, "a").attempts == 3
    assert "seen\n" not in step_of(result, "a").log_path.read_text()


def test_what_an_image_does_not_hold_is_not_copied(project, tmp_path):
    left_out = [
        ".git/HEAD",
        ".hg/x",
        "src/__pycache__/a.pyc",
        ".venv/pyvenv.cfg",
        ".venv/bin/python",
        "envs/deep/pyvenv.cfg",
        "envs/deep/lib/x.py",
        ".tox/x",
        ".nox/x",
        ".mypy_cache/x",
        ".ruff_cache/x",
        "src/.pytest_cache/x",
        "notebooks/.ipynb_checkpoints/x",
        "node_modules/x",
        ".kedro-kubeflow/runs/x",
        "somewhere/else/x",
    ]
    kept = [".gitignore", "src/a.py", "envs/y", "notebooks/a.ipynb", "data/pyvenv.cfg.bak", ".env"]
    for name in left_out + kept:
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    target = tmp_path / "copy"
    copy_project(project, target, left_out={str(project / "somewhere/else")})
    found = files_below(target)
    assert set(kept) <= set(found)
    assert set(found) - set(kept) == {
        "conf/base/parameters.yml",
        "data/01_raw/cars.csv",
        "src/a.py",
        "somewhere",
    } - set(kept)


def test_a_copy_keeps_links_modes_and_times_and_shares_no_file(project, tmp_path):
    script = project / "run.sh"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o750)
    os.utime(script, (1_000_000_000, 1_000_000_000))
    empty = project / "empty"
    empty.mkdir(mode=0o700)
    locked = project / "locked"
    locked.mkdir()
    (locked / "file").write_text("x")
    locked.chmod(0o555)
    (project / "relative").symlink_to("conf/base")
    (project / "absolute").symlink_to(project / "conf" / "base")
    (project / "outside").symlink_to("/usr")
    (project / "dangling").symlink_to("nowhere")
    os.mkfifo(project / "pipe")

    target = tmp_path / "copy"
    copy_project(project, target)
    copied = target / "run.sh"
    assert copied.stat().st_mode & 0o777 == 0o750
    assert copied.stat().st_mtime == 1_000_000_000
    assert copied.stat().st_ino != script.stat().st_ino
    assert copied.stat().st_nlink == 1
    assert (target / "empty").stat().st_mode & 0o777 == 0o700
    assert (target / "locked").stat().st_mode & 0o777 == 0o555
    assert os.readlink(target / "relative") == "conf/base"
    # An absolute link into the project would let a step change the project itself.
    assert os.readlink(target / "absolute") == str(target / "conf" / "base")
    assert os.readlink(target / "outside") == "/usr"
    assert os.readlink(target / "dangling") == "nowhere"
    assert not (target / "pipe").exists()
    remove_tree(target)
    assert not target.exists()
    assert (project / "conf/base/parameters.yml").exists()
    assert os.path.exists("/usr/bin")
    locked.chmod(0o755)


def test_large_files_are_copied_whole(project, tmp_path):
    content = os.urandom(1 << 20) * 3 + b"end"
    (project / "big").write_bytes(content)
    (project / "none").write_bytes(b"")
    copy_project(project, tmp_path / "copy")
    assert (tmp_path / "copy" / "big").read_bytes() == content
    assert (tmp_path / "copy" / "none").read_bytes() == b""


def test_a_run_folder_inside_the_project_is_not_copied_into_itself(project, reporter):
    from kedro_kubeflow.local import run_workflow

    for _ in range(2):
        result = run_workflow(
            workflow([task("a")], {"a": container(["ls", "-A"])}),
            project_path=project,
            run_folder=project / "runs here",
            environ={"PATH": os.environ["PATH"]},
            reporter=reporter,
        )
        assert printed(result, "a") == "conf\ndata\n"


def test_a_volume_that_the_workflow_makes_is_shared(run, project):
    tasks = [
        task("volume-make", template="volume"),
        task("init", "volume-make"),
        task("write", "init"),
        task("read", "write"),
    ]
    init = container(
        shell("cp -r data/. .data-volume/"),
        container=mount("/home/kedro/.data-volume", "data-volume"),
    )
    write = container(
        shell("ls data; echo model > data/model; echo x > other"), container=MOUNT_DATA
    )
    read = container(shell("ls . data/01_raw; cat data/model; ls -d other"), container=MOUNT_DATA)
    templates = {"volume": claim("volume"), "init": init, "write": write, "read": read}
    result = run(workflow(tasks, templates, volumes=DATA_VOLUME))
    assert phases(result)["write"] == "Succeeded"
    assert printed(result, "write") == "01_raw\n"
    assert "model" in printed(result, "read")
    assert phases(result)["read"] == "Failed", "'other' was not on the volume"
    (volume,) = result.volume_folders
    assert volume.name == f"{result.name}-volume"
    assert files_below(volume) == ["01_raw/cars.csv", "model"]
    assert files_below(project) == ["conf/base/parameters.yml", "data/01_raw/cars.csv"]


def test_a_new_volume_hides_the_projects_data(run):
    tasks = [task("volume"), task("look", "volume")]
    look = container(shell("ls -A data; ls conf"), container=MOUNT_DATA)
    made = workflow(tasks, {"volume": claim("volume"), "look": look}, volumes=DATA_VOLUME)
    assert printed(run(made), "look") == "base\n"


def test_a_claim_tells_its_name_size_and_manifest(run):
    values = {
        f"the_{key}": f"{{{{tasks.volume.outputs.parameters.volume-{key}}}}}"
        for key in ("name", "size", "manifest")
    }
    tasks = [task("volume"), task("show", "volume", **values)]
    show = container(
        ["echo", *(f"{{{{inputs.parameters.the-{key}}}}}" for key in ("name", "size", "manifest"))],
        inputs={"parameters": [{"name": key.replace("_", "-")} for key in values]},
        # The way kfp refers to a volume it has made.
        volumes=[
            {"name": "v", "persistentVolumeClaim": {"claimName": "{{inputs.parameters.the-name}}"}}
        ],
        container=mount("/home/kedro/data"),
    )
    result = run(workflow(tasks, {"volume": claim("volume", "5Gi"), "show": show}))
    assert result.succeeded
    name, size, manifest = printed(result, "show").split(" ", 2)
    assert (name, size) == (f"{result.name}-volume", "5Gi")
    assert json.loads(manifest)["metadata"]["name"] == name
    assert [path.name for path in result.volume_folders] == [name]


def test_a_claim_that_exists_already_is_an_error_and_apply_is_not(run):
    tasks = [task("a", template="volume"), task("b", "a", template="volume")]
    result = run(workflow(tasks, {"volume": claim("volume")}))
    assert phases(result) == {"a": "Succeeded", "b": "Error"}
    assert "exists already" in step_of(result, "b").message


def test_a_claim_can_be_applied_twice_and_deleted(run):
    tasks = [
        task("a", template="apply"),
        task("b", "a", template="apply"),
        task("c", "b", template="delete"),
    ]
    apply = claim("volume", action="apply")
    delete = {"resource": claim("volume", action="delete")["resource"]}
    result = run(workflow(tasks, {"apply": apply, "delete": delete}))
    assert result.succeeded
    assert result.volume_folders == ()


def test_a_claim_that_the_workflow_does_not_make_is_an_empty_folder_and_a_warning(run, caplog):
    volumes = [{"name": "v", "persistentVolumeClaim": {"claimName": "shared-disk"}}]
    template = container(
        shell("ls -A disk; touch disk/$(date +%N)"), container=mount("/home/kedro/disk")
    )
    with caplog.at_level(logging.WARNING):
        result = run(
            workflow([task("a"), task("b", "a")], {"a": template, "b": template}, volumes=volumes)
        )
    assert printed(result, "a") == ""
    assert printed(result, "b") != ""
    (message,) = [r.getMessage() for r in caplog.records if "shared-disk" in r.getMessage()]
    assert message == (
        "The workflow does not create the persistent volume claim 'shared-disk'; "
        f"the folder {result.volume_folders[0]} represents it"
    )


def test_a_claim_whose_name_leads_elsewhere_is_refused(run, run_folder):
    volumes = [{"name": "v", "persistentVolumeClaim": {"claimName": "{{workflow.parameters.c}}"}}]
    template = container(["true"], container=mount("/home/kedro/disk"))
    made = workflow([task("a")], {"a": template}, {"c": "../../oops"}, volumes=volumes)
    result = run(made)
    assert phases(result) == {"a": "Error"}
    assert "'../../oops' is not a valid name" in step_of(result, "a").message
    assert not (run_folder.parent / "oops").exists()


def test_an_empty_dir_lasts_as_long_as_the_pod(run):
    template = container(
        shell("ls -A scratch/tmp; touch scratch/tmp/x; exit $1", "{{inputs.parameters.code}}"),
        inputs={"parameters": [{"name": "code"}]},
        container=mount("/home/kedro/scratch/tmp"),
        volumes=[{"name": "v", "emptyDir": {"medium": "Memory"}}],
        retryStrategy={"limit": 1},
    )
    tasks = [task("a", template="t", code="0"), task("b", "a", template="t", code="1")]
    result = run(workflow(tasks, {"t": template}))
    assert step_of(result, "b").attempts == 2
    assert "x\n" not in printed(result, "b")


def test_claim_templates_and_sub_paths(run):
    write = container(
        shell("echo x > part/x"), container=mount("/home/kedro/part", subPath="one/two")
    )
    read = container(shell("find all -type f"), container=mount("/home/kedro/all/"))
    templates = [{"metadata": {"name": "v"}, "spec": {}}]
    tasks = [task("write"), task("read", "write")]
    result = run(workflow(tasks, {"write": write, "read": read}, volumeClaimTemplates=templates))
    assert result.succeeded
    assert [path.name for path in result.volume_folders] == [f"{result.name}-v"]
    assert files_below(result.volume_folders[0]) == ["one/two/x"]


def test_a_sub_path_cannot_leave_its_volume(run):
    template = container(["true"], container=mount("/home/kedro/x", subPath="../../.."))
    result = run(workflow([task("a")], {"a": template}, volumes=[{"name": "v", "emptyDir": {}}]))
    assert "points outside the volume" in step_of(result, "a").message


def test_a_volume_in_place_of_the_whole_project(run):
    template = container(shell("ls -A; touch x"), container=mount("/home/kedro"))
    volumes = [{"name": "v", "persistentVolumeClaim": {"claimName": "home"}}]
    tasks = [task("a", template="t"), task("b", "a", template="t")]
    result = run(workflow(tasks, {"t": template}, volumes=volumes))
    assert (printed(result, "a"), printed(result, "b")) == ("", "x\n")


def test_the_projects_folder_in_the_image_can_be_another(run):
    template = container(
        shell("ls data; touch out"),
        container={"workingDir": "/opt/app/", **mount("/opt/app/data")},
        outputs={"artifacts": [{"name": "o", "path": "/opt/app/out"}]},
    )
    result = run(workflow([task("a")], {"a": template}, volumes=[{"name": "v", "emptyDir": {}}]))
    assert result.succeeded
    assert printed(result, "a") == ""
    assert (result.artifacts_folder / "a" / "o" / "out").exists()


def test_a_mount_below_a_link_of_the_project_is_an_error(run, project, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (project / "linked").symlink_to(elsewhere)
    template = container(["true"], container=mount("/home/kedro/linked/x"))
    result = run(workflow([task("a")], {"a": template}, volumes=[{"name": "v", "emptyDir": {}}]))
    assert "linked is a symbolic link in the project" in step_of(result, "a").message
    assert files_below(elsewhere) == []


def test_volumes_that_one_machine_cannot_mount_are_left_out_with_one_warning_each(run, caplog):
    volumes = [
        {"name": "creds", "secret": {"secretName": "s"}},
        {"name": "conf", "configMap": {"name": "c"}},
        {"name": "dshm", "emptyDir": {"medium": "Memory"}},
        {"name": "outer", "emptyDir": {}},
        {"name": "inner", "emptyDir": {}},
    ]
    mounts = [
        {"name": "creds", "mountPath": "/home/kedro/creds"},
        {"name": "conf", "mountPath": "/home/kedro/conf/cluster"},
        {"name": "dshm", "mountPath": "/dev/shm"},
        {"name": "outer", "mountPath": "/home/kedro/work"},
        {"name": "inner", "mountPath": "/home/kedro/work/inner"},
    ]
    template = container(shell("ls -A . work"), container={"volumeMounts": mounts})
    tasks = [task(f"t{i}", template="t") for i in range(7)]
    with caplog.at_level(logging.WARNING):
        result = run(workflow(tasks, {"t": template}, volumes=volumes))
    assert result.succeeded
    assert "creds" not in printed(result, "t0")
    messages = [record.getMessage() for record in caplog.records]
    steps = "(in t0, t1, t2, t3, t4 and 2 more)"
    reasons = {
        "conf": "its kind, configMap, is not on this machine",
        "creds": "its kind, secret, is not on this machine",
        "dshm": "/dev/shm lies outside the project's folder /home/kedro",
        "inner": "/home/kedro/work/inner lies inside another volume",
    }
    assert sorted(messages) == [
        f"Volume '{name}' is not mounted, because {reason} {steps}"
        for name, reason in reasons.items()
    ]


SHOW_ENVIRONMENT = python("import json,os; print(json.dumps(dict(os.environ)))")


def test_the_environment_of_a_step(run, caplog):
    env = [
        {"name": "OWN", "value": "own {{workflow.name}}"},
        {"name": "BOTH", "value": "from the workflow"},
        {"name": "BUILT", "value": "$(OWN)/$(CALLER)/$$(OWN)"},
        {"name": "KEDRO_CONFIG_A", "value": "a"},
        {"name": "KNOWN", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}},
        {"name": "UNKNOWN", "valueFrom": {"configMapKeyRef": {"name": "s", "key": "k"}}},
    ]
    template = container(SHOW_ENVIRONMENT, container={"env": env, "envFrom": [{"secretRef": {}}]})
    caller = {
        "CALLER": "here",
        "BOTH": "from the caller",
        "KNOWN": "exported",
        "KEDRO_ENV": "prod",
        "KEDRO_CONFIG_B": "b",
        "KEDRO_KUBEFLOW_C": "c",
        "KUBEFLOW_RUN_ID": "d",
        "KEDRO_LOGGING_CONFIG": "kept",
    }
    with caplog.at_level(logging.WARNING):
        result = run(workflow([task("a")], {"a": template}), environ=caller)
    found = json.loads(printed(result, "a"))
    assert found["OWN"] == f"own {result.name}"
    assert found["BOTH"] == "from the workflow"
    # Only the container's own variables are known to the kubelet.
    assert found["BUILT"] == f"own {result.name}/$(CALLER)/$(OWN)"
    assert found["KEDRO_CONFIG_A"] == "a"
    assert found["KNOWN"] == "exported"
    assert found["CALLER"] == "here"
    assert found["KEDRO_LOGGING_CONFIG"] == "kept"
    assert not {"UNKNOWN", "KEDRO_ENV", "KEDRO_CONFIG_B", "KEDRO_KUBEFLOW_C"} & set(found)
    assert "KUBEFLOW_RUN_ID" not in found
    messages = " | ".join(record.getMessage() for record in caplog.records)
    assert "variable UNKNOWN comes from the cluster" in messages
    assert "'envFrom' come from the cluster" in messages
    assert "KNOWN comes" not in messages.replace("UNKNOWN comes", "")


@pytest.mark.parametrize("path", ["/usr/bin:/bin", ""])
def test_commands_are_found_beside_the_interpreter_first(run, path):
    template = container(
        ["python", "-c", "import os, sys; print(sys.executable, os.environ['PATH'])"]
    )
    result = run(workflow([task("a")], {"a": template}), environ={"PATH": path})
    executable, found = printed(result, "a").split()
    assert os.path.dirname(executable) == os.path.dirname(sys.executable)
    assert found.split(":")[0] == os.path.dirname(sys.executable)


def test_defaults_of_templates_reach_their_steps(run):
    made = workflow(
        [task("a"), task("b")],
        {
            "a": {"container": {"image": "i", "args": ["a"], "env": [{"name": "X", "value": "x"}]}},
            "b": {"container": {"image": "i", "args": ["b"], "env": [{"name": "Y", "value": "z"}]}},
        },
        templateDefaults={
            "container": {
                "command": shell("echo $1 $X $Y", "--")[:-1],
                "env": [{"name": "Y", "value": "y {{workflow.uid}}"}],
            }
        },
    )
    result = run(made)
    assert printed(result, "a") == f"a x y {result.uid}\n"
    assert printed(result, "b") == "b z\n"


HOSTILE = {
    "quotes": 'it\'s "quoted" and \\backslashed\\',
    "lines": "one\ntwo\r\n\tthree\n",
    "shell": "$HOME `id` $(id) ${PATH} ; rm -rf / & | > x",
    "template": "{{unknown}} {{inputs.parameters.x}} {{ tasks.a.outputs.parameters.b }} {{=1}}",
    "macros": "[[CurrentTime]] [[RunUUID]]",
    "scripts": "žluťoučký 日本語 🙂 \u202eright to left\u202c \u00a0",
    "yaml": "- {a: [1, 2], b: null} # no comment",
    "json": '{"a":{"b":{"c":"d"}}}',
    "percent": "%s %(a)s {0} {a}",
    "blank": "   ",
    "nothing": "",
    "dash": "--help",
    "glob": "* ? [a-z] ~",
}


def test_hostile_parameters_arrive_as_they_are(run):
    command = python(
        "import json,os,sys\njson.dump([sys.argv[1:], os.environ['P']], open('out', 'w'))",
        "{{workflow.parameters}}",
        *(f"{{{{workflow.parameters.{name}}}}}" for name in HOSTILE),
    )
    template = container(
        command,
        container={"env": [{"name": "P", "value": "{{workflow.parameters}}"}]},
        outputs={"artifacts": [{"name": "out", "path": "/home/kedro/out"}]},
    )
    result = run(workflow([task("a")], {"a": template}, HOSTILE))
    assert result.succeeded
    listed = [{"name": name, "value": value} for name, value in HOSTILE.items()]
    arguments, variable = json.loads((result.artifacts_folder / "a/out/out").read_text())
    assert json.loads(arguments[0]) == json.loads(variable) == listed
    assert arguments[1:] == list(HOSTILE.values())


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0$"), max_size=30)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.dictionaries(st.from_regex(r"[a-z]{1,5}", fullmatch=True), texts, min_size=1, max_size=5))
def test_any_parameters_arrive_as_they_are(tmp_path_factory, values):
    from local_workflows import RecordingReporter

    from kedro_kubeflow.local import run_workflow

    folder = tmp_path_factory.mktemp("any")
    (folder / "project").mkdir()
    template = container(
        shell('printf %s "$1" > out', "{{workflow.parameters}}"),
        outputs={"artifacts": [{"name": "out", "path": "out"}]},
    )
    result = run_workflow(
        workflow([task("a")], {"a": template}, dict.fromkeys(values, "default")),
        project_path=folder / "project",
        run_folder=folder / "run",
        parameters=values,
        environ={},
        reporter=RecordingReporter(),
    )
    assert result.succeeded
    listed = json.loads((result.artifacts_folder / "a/out/out").read_text())
    assert listed == [{"name": name, "value": value} for name, value in values.items()]


def test_arguments_go_through_the_kubelets_expansion(run):
    template = container(
        ["echo", "$(KEDRO_ENV) $(HOME) a$$b", "{{workflow.parameters.p}}"],
        container={"env": [{"name": "KEDRO_ENV", "value": "prod"}]},
    )
    result = run(workflow([task("a")], {"a": template}, {"p": "$(KEDRO_ENV)$$"}))
    assert printed(result, "a") == "prod $(HOME) a$b prod$\n"


def test_names_and_times_of_the_workflow(run):
    tags = [
        "workflow.name",
        "workflow.uid",
        "workflow.namespace",
        "workflow.serviceAccountName",
        "workflow.creationTimestamp",
        "workflow.creationTimestamp.Y",
        "workflow.labels.team",
        "workflow.status",
        "workflow.failures",
        "node.name",
    ]
    template = container(["printf", "%s\\n", *(f"{{{{{tag}}}}}" for tag in tags)])
    made = workflow([task("a")], {"a": template}, serviceAccountName="pipeline-runner")
    made["metadata"]["labels"] = {"team": "blue"}
    result = run(made)
    lines = printed(result, "a").splitlines()
    assert lines[:2] == [result.name, result.uid]
    prefix, suffix = result.name[:-5], result.name[-5:]
    assert prefix == "my-project-"
    assert suffix.isalnum()
    assert suffix == suffix.lower()
    assert lines[2:4] == ["kubeflow", "pipeline-runner"]
    assert lines[4].endswith("Z")
    assert lines[5] == lines[4][:4]
    assert lines[6] == "blue"
    # These are known to the exit handler alone.
    assert lines[7:9] == ["{{workflow.status}}", "{{workflow.failures}}"]
    assert lines[9] == f"{result.name}.a"


def test_tags_of_the_workflow_inside_parameters_are_filled_in(run):
    parameters = {"a": "{{workflow.name}}/{{workflow.parameters.b}}", "b": 3, "c": None, "d": True}
    template = container(["echo", "{{workflow.parameters.a}}", "{{workflow.parameters}}"])
    result = run(
        workflow([task("x")], {"x": template}, parameters), parameters={"c": "{{workflow.uid}}"}
    )
    a, listed = printed(result, "x").strip().split(" ", 1)
    assert a == f"{result.name}/{{{{workflow.parameters.b}}}}"
    assert [item["value"] for item in json.loads(listed)] == [a, "3", result.uid, "true"]


def test_a_workflow_without_parameters_has_no_list_of_them(run):
    result = run(workflow([task("x")], {"x": container(["echo", "{{workflow.parameters}}"])}))
    assert printed(result, "x") == "{{workflow.parameters}}\n"


def test_a_command_that_is_not_there_fails_its_step(run):
    tasks = [task("a"), task("b"), task("c")]
    templates = {
        "a": container(["no-such-command", "x"]),
        "b": container(["./conf"]),
        "c": container(["echo", "null\0character"]),
    }
    made = workflow(tasks, templates)
    made["spec"]["templates"][0]["dag"]["failFast"] = False
    result = run(made)
    assert set(phases(result).values()) == {"Failed"}
    assert "cannot start 'no-such-command'" in step_of(result, "a").message
    assert "cannot start './conf'" in step_of(result, "b").message
    assert "null" in step_of(result, "c").message
