"""Steps in containers of their image: the same for a stand-in, Docker and Podman."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from engines import IMAGE, REAL, real_engine, stand_in
from local_workflows import (
    claim,
    container,
    files_below,
    phases,
    printed,
    shell,
    step_of,
    task,
    workflow,
)

from kedro_kubeflow.errors import LocalRunError
from kedro_kubeflow.local import run_workflow

ROOT = Path(__file__).resolve().parents[2]
OF_PROJECT = {"image": IMAGE, "workingDir": "/home/kedro"}
DATA_VOLUME = [
    {
        "name": "data-volume",
        "persistentVolumeClaim": {"claimName": "{{workflow.name}}-volume"},
    }
]
DATA = {"volumeMounts": [{"name": "data-volume", "mountPath": "/home/kedro/data"}]}


def step(script, *arguments, of_container=(), **fields):
    """A template whose container runs a shell script in the image's project folder."""
    return container(
        shell(script, *arguments), container={**OF_PROJECT, **dict(of_container)}, **fields
    )


@pytest.fixture(params=["stand-in", *REAL])
def engine(request, tmp_path):
    if request.param == "stand-in":
        yield stand_in(tmp_path)
        return
    found = real_engine(request.param, tmp_path / "run")
    yield found
    assert found.containers() == []


@pytest.fixture
def run(engine, project, run_folder, reporter):
    """Runs a workflow in containers."""

    def run_it(made, environ=None, **more):
        result = run_workflow(
            made,
            project_path=project,
            run_folder=run_folder,
            workers=2,
            environ={**engine.environ, **(environ or {})},
            reporter=reporter,
            runner=engine.runner,
            **more,
        )
        assert engine.containers() == []
        assert not (run_folder / "pods").exists()
        return result

    return run_it


def test_a_step_sees_the_image_and_no_copy_of_the_project(run):
    made = workflow([task("a")], {"a": step("ls; printenv KEDRO_KUBEFLOW_LOCAL; echo end >&2")})
    result = run(made)
    assert phases(result) == {"a": "Succeeded"}
    assert sorted(printed(result, "a").split()) == ["end", "true"]
    head = step_of(result, "a").log_path.read_text()
    assert f": {IMAGE}: sh -c" in head.partition("\n\n")[0]


def test_the_exit_code_and_the_last_lines(run, reporter):
    result = run(workflow([task("a")], {"a": step("echo why >&2; exit 3")}))
    assert step_of(result, "a").message == "Error (exit code 3)"
    assert reporter.tails["a"] == ("why",)


def test_a_command_that_is_not_in_the_image(run):
    command = ["no-such-program"]
    result = run(workflow([task("a")], {"a": container(command, container=OF_PROJECT)}))
    message = step_of(result, "a").message
    assert message.startswith("Error (exit code 127): cannot start 'no-such-program'")
    assert "no-such-program" in message


def test_arguments_and_variables_arrive_as_they_are(run):
    odd = "a, 'b' \"c\" $HOME ü\n{{x}}"
    made = workflow(
        [task("a", x="{{workflow.parameters.odd}}")],
        {
            "a": step(
                'echo "$1"; printenv ODD; printenv SECRET; printenv NOT_SAID; printenv PASSED',
                "{{inputs.parameters.x}}",
                of_container={
                    "env": [
                        {"name": "ODD", "value": "{{workflow.parameters.odd}}"},
                        {
                            "name": "SECRET",
                            "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}},
                        },
                    ]
                },
                inputs={"parameters": [{"name": "x"}]},
            )
        },
        {"odd": odd},
    )
    environ = {"SECRET": "hush", "NOT_SAID": "no", "PASSED": "on"}
    result = run(made, environ, pass_env=["PASSED"])
    assert printed(result, "a") == f"{odd}\n{odd}\nhush\non\n"


def test_steps_share_the_volume_and_nothing_else(run):
    made = workflow(
        [task("volume"), task("a", "volume"), task("b", "a")],
        {
            "volume": claim("volume"),
            "a": step("echo 1 > data/x; echo 2 > left", of_container=DATA),
            "b": step("ls; cat data/x", of_container=DATA),
        },
        volumes=DATA_VOLUME,
    )
    result = run(made)
    assert printed(result, "b") == "data\n1\n"
    (folder,) = result.volume_folders
    assert (folder / "x").read_text() == "1\n"
    assert {path.lstat().st_uid for path in folder.rglob("*")} == {os.getuid()}


def test_a_volume_of_the_pod_goes_with_it(run):
    volumes = [
        {"name": "scratch", "emptyDir": {}},
        {"name": "shm", "emptyDir": {"medium": "Memory"}},
    ]
    mounts = {
        "volumeMounts": [
            {"name": "scratch", "mountPath": "/home/kedro/scratch"},
            {"name": "shm", "mountPath": "/dev/shm"},
        ]
    }
    script = "test ! -e scratch/x && mkdir -p scratch/x/y && echo > /dev/shm/x$$"
    made = workflow(
        [task("a"), task("b", "a", template="a")],
        {"a": step(script, of_container=mounts)},
        volumes=volumes,
    )
    assert run(made).succeeded


def test_outputs_are_taken_from_the_container(run, run_folder):
    outputs = {
        "parameters": [
            {"name": "told", "valueFrom": {"path": "out/told"}},
            {"name": "none", "valueFrom": {"path": "/home/kedro/none", "default": "d"}},
        ],
        "artifacts": [
            {"name": "file", "path": "/home/kedro/out/told"},
            {"name": "folder", "path": "/home/kedro/out"},
            {"name": "nothing", "path": "/home/kedro/none", "optional": True},
        ],
    }
    made = workflow(
        [
            task("a"),
            task(
                "b",
                "a",
                x="{{tasks.a.outputs.parameters.told}} {{tasks.a.outputs.parameters.none}}",
            ),
        ],
        {
            "a": step("mkdir -p out/deep; echo 42 > out/told; echo > out/deep/er", outputs=outputs),
            "b": step(
                'echo "$1"', "{{inputs.parameters.x}}", inputs={"parameters": [{"name": "x"}]}
            ),
        },
    )
    result = run(made)
    assert printed(result, "b") == "42 d\n"
    assert files_below(run_folder / "artifacts") == [
        "a/file/told",
        "a/folder/out/deep/er",
        "a/folder/out/told",
    ]


def test_an_output_that_is_missing(run):
    outputs = {"artifacts": [{"name": "model", "path": "/home/kedro/model"}]}
    result = run(workflow([task("a")], {"a": step("true", outputs=outputs)}))
    assert phases(result) == {"a": "Error"}
    assert "artifact 'model': /home/kedro/model: no such file" in step_of(result, "a").message


def test_an_output_that_is_a_link_is_what_it_leads_to_in_the_container(run):
    outputs = {
        "parameters": [
            {"name": "good", "valueFrom": {"path": "/home/kedro/good"}},
            {"name": "bad", "valueFrom": {"path": "/home/kedro/bad", "default": "none"}},
        ]
    }
    script = "echo 1 > there; ln -s there good; ln -s /no/such bad"
    made = workflow(
        [
            task("a"),
            task(
                "b", "a", x="{{tasks.a.outputs.parameters.good}}{{tasks.a.outputs.parameters.bad}}"
            ),
        ],
        {
            "a": step(script, outputs=outputs),
            "b": step(
                'echo "$1"', "{{inputs.parameters.x}}", inputs={"parameters": [{"name": "x"}]}
            ),
        },
    )
    assert printed(run(made), "b") == "1none\n"


def test_a_step_that_is_tried_again_gets_a_fresh_container(run):
    script = "ls >> data/seen; echo > left; test -e data/once || { echo > data/once; exit 1; }"
    made = workflow(
        [task("volume"), task("a", "volume")],
        {
            "volume": claim("volume"),
            "a": step(script, of_container=DATA, retryStrategy={"limit": 1}),
        },
        volumes=DATA_VOLUME,
    )
    result = run(made)
    assert step_of(result, "a").attempts == 2
    (folder,) = result.volume_folders
    assert (folder / "seen").read_text() == "data\ndata\n"


def test_a_step_that_takes_too_long(run):
    script = "trap 'echo bye; exit 1' TERM; while :; do sleep 0.1; done"
    result = run(workflow([task("a")], {"a": step(script, activeDeadlineSeconds=1)}))
    assert step_of(result, "a").message == "stopped at its deadline, 1 s after it started"
    assert printed(result, "a") == "bye\n"


DRIVER = """
import json, os, signal, sys
from pathlib import Path
from kedro_kubeflow.local import PlainReporter, run_workflow, workers
folder, runner = Path(sys.argv[1]), sys.argv[2]
workers.GRACE_SECONDS = 1.0
signal.signal(signal.SIGINT, signal.default_int_handler)
try:
    run_workflow(
        json.loads((folder / "workflow.json").read_text()),
        project_path=folder / "a project",
        run_folder=folder / "run",
        workers=2,
        environ=os.environ,
        reporter=PlainReporter(sys.stdout),
        runner=runner,
    )
except KeyboardInterrupt:
    print("interrupted", flush=True)
    sys.exit(130)
"""


def test_ctrl_c_ends_and_removes_containers(engine, project, tmp_path):
    made = workflow(
        [task("a"), task("b"), task("c", template="a")],
        {
            "a": step("trap 'echo asked; exit 1' TERM; echo up; while :; do sleep 0.1; done"),
            "b": step("trap '' TERM; echo up; while :; do sleep 0.1; done"),
        },
    )
    (tmp_path / "workflow.json").write_text(json.dumps(made))
    process = subprocess.Popen(
        [sys.executable, "-c", DRIVER, str(tmp_path), engine.runner],
        env={**engine.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    logs = [tmp_path / "run" / "logs" / f"{name}.log" for name in "ab"]
    end = time.monotonic() + 60
    while not all(log.exists() and "\nup\n" in log.read_text() for log in logs):
        assert process.poll() is None
        assert time.monotonic() < end
        time.sleep(0.05)
    assert len(engine.containers()) == 2
    # As a terminal does it: to the whole group.
    os.killpg(process.pid, signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert output.endswith("interrupted\n")
    assert "asked" in logs[0].read_text()
    assert engine.containers() == []
    assert files_below(tmp_path / "run") == ["logs/a.log", "logs/b.log"]


def test_an_image_that_is_not_there_and_may_not_be_pulled(run, run_folder):
    of_container = {"image": "localhost/no-such:1", "imagePullPolicy": "Never"}
    with pytest.raises(LocalRunError, match=r"no image localhost/no-such:1 \(step a\).*Build it"):
        run(workflow([task("a")], {"a": step("true", of_container=of_container)}))
    assert not run_folder.exists()


@pytest.mark.parametrize("engine", REAL, indirect=True)
def test_the_user_of_the_template(run):
    made = workflow(
        [task("volume"), task("a", "volume"), task("b", "a")],
        {
            "volume": claim("volume"),
            "a": step(
                "id -u; id -G; echo > data/x",
                of_container={**DATA, "securityContext": {"runAsUser": 1234, "runAsGroup": 99}},
            ),
            "b": step(
                "id -u; echo > data/y; echo > /no",
                of_container={**DATA, "securityContext": {"readOnlyRootFilesystem": True}},
            ),
        },
        volumes=DATA_VOLUME,
        securityContext={"runAsUser": 77, "fsGroup": 1000},
    )
    result = run(made)
    assert printed(result, "a").startswith("1234\n99 1000\n")
    assert printed(result, "b").startswith("77\n")
    assert "Read-only file system" in printed(result, "b")
    (folder,) = result.volume_folders
    assert {path.lstat().st_uid for path in folder.rglob("*")} <= {os.getuid(), 1234, 77}
    if os.getuid():
        assert {path.lstat().st_uid for path in folder.rglob("*")} == {os.getuid()}
