"""What an engine for containers is asked, and what is said when there is none, or it fails."""

from __future__ import annotations

import logging

import pytest
from engines import IMAGE, stand_in
from local_workflows import container, phases, printed, shell, step_of, task, workflow

from kedro_kubeflow.errors import LocalRunError
from kedro_kubeflow.local import run_workflow


def step(script="true", image=IMAGE, **of_container):
    more = {"image": image, "workingDir": "/home/kedro", **of_container}
    return container(shell(script), container=more)


def one(template, **spec):
    return workflow([task("a")], {"a": template}, **spec)


@pytest.fixture
def engine(tmp_path):
    return stand_in(tmp_path)


@pytest.fixture
def run(engine, project, run_folder, reporter, caplog):
    caplog.set_level(logging.WARNING, "kedro_kubeflow")

    def run_it(made, environ=None, runner="docker", **more):
        return run_workflow(
            made,
            project_path=project,
            run_folder=run_folder,
            workers=2,
            environ={**engine.environ, **(environ or {})},
            reporter=reporter,
            runner=runner,
            **more,
        )

    return run_it


class TestWithout:
    """No engine, or none that answers: nothing begins, and no folder is made."""

    def test_none_is_there(self, run, engine, run_folder):
        (engine.folder / "docker").unlink()
        message = (
            r"no container engine is available: docker is not on the PATH; podman is not on the PATH\. "
            r"Install or start one, or run the steps as processes"
        )
        with pytest.raises(LocalRunError, match=message):
            run(one(step()))
        assert not run_folder.exists()

    def test_the_daemon_does_not_answer(self, run, engine):
        (engine.folder / "fail-ps").write_text("Cannot connect to the Docker daemon\n")
        message = r"docker does not answer: Cannot connect to the Docker daemon; podman is not on"
        with pytest.raises(LocalRunError, match=message):
            run(one(step()))

    def test_podman_takes_the_place_of_a_docker_that_does_not_answer(self, run, tmp_path, caplog):
        both = stand_in(tmp_path / "both", "docker", "podman")
        (both.folder / "docker").write_text("#!/bin/sh\necho no daemon >&2\nexit 1\n")
        assert run(one(step()), both.environ).succeeded
        assert "docker does not answer: no daemon; podman runs the containers" in caplog.text

    def test_docker_is_no_podman(self, run):
        with pytest.raises(LocalRunError, match="available: podman is not on the PATH"):
            run(one(step()), runner="podman")

    def test_another_word(self, run):
        with pytest.raises(LocalRunError, match="'nerdctl': it is not one of process, docker"):
            run(one(step()), runner="nerdctl")

    def test_a_variable_to_hand_on_that_is_not_set(self, run):
        with pytest.raises(LocalRunError, match="--pass-env AWS_PROFILE: the variable is not set"):
            run(one(step()), pass_env=["AWS_PROFILE"])


class TestImages:
    """They are pulled only where nothing of the name is there."""

    @pytest.mark.parametrize("policy", ["IfNotPresent", "Always", None])
    def test_one_that_is_not_there_is_pulled(self, run, engine, caplog, policy):
        assert run(one(step(image="public/p:1", imagePullPolicy=policy))).succeeded
        assert engine.calls("pull") == [["public/p:1"]]
        assert "docker has no image public/p:1; pulling it, as a cluster node would" in caplog.text

    def test_one_that_cannot_be_pulled(self, run, capfd, run_folder):
        message = r"docker has no image private/p:1 \(step a\), and could not pull it, see above"
        with pytest.raises(LocalRunError, match=message):
            run(one(step(image="private/p:1")))
        assert "pull access denied for private/p:1" in capfd.readouterr().err
        assert not run_folder.exists()

    def test_one_that_is_there_is_kept_whatever_the_policy(self, run, engine, caplog):
        assert run(one(step(imagePullPolicy="Always"))).succeeded
        assert engine.calls("pull") == []
        assert (
            f"The image {IMAGE} is taken as it is on this machine; the cluster pulls" in caplog.text
        )

    def test_one_of_a_parameter_of_the_workflow(self, run, engine):
        made = workflow(
            [task("a")],
            {"a": step(image="{{workflow.parameters.image}}", imagePullPolicy="Never")},
            {"image": "x"},
        )
        with pytest.raises(LocalRunError, match=r"docker has no image x \(step a\)"):
            run(made)
        assert run(made, parameters={"image": IMAGE}).succeeded

    def test_none_at_all(self, run):
        with pytest.raises(LocalRunError, match="step a: its container has no image"):
            run(one(step(image="")))


class TestArguments:
    """A template says the same to an engine as to Kubernetes."""

    def test_who_runs_it(self, run, engine):
        made = one(
            {
                **step(
                    securityContext={
                        "runAsGroup": 5,
                        "readOnlyRootFilesystem": True,
                        "allowPrivilegeEscalation": False,
                        "capabilities": {"drop": ["ALL"], "add": ["CHOWN"]},
                    }
                ),
                "securityContext": {"runAsUser": 1000, "fsGroup": 7, "supplementalGroups": [8]},
            },
            securityContext={"runAsUser": 1},
            hostAliases=[{"ip": "10.0.0.1", "hostnames": ["db", "db.example.com"]}],
        )
        assert run(made).succeeded
        options = engine.created("a")["options"]
        assert options["user"] == "1000:5"
        assert options["group_add"] == ["7", "8"]
        assert options["read_only"] is True
        assert options["security_opt"] == ["label=disable", "no-new-privileges"]
        assert (options["cap_drop"], options["cap_add"]) == (["ALL"], ["CHOWN"])
        assert options["add_host"] == ["db:10.0.0.1", "db.example.com:10.0.0.1"]
        assert options["workdir"] == "/home/kedro"

    def test_what_is_not_said_is_left_to_the_image(self, run, engine):
        run(one(container(["true"], container={"image": IMAGE})))
        options = engine.created("a")["options"]
        assert (options["user"], options["workdir"], options["mount"]) == (None, None, [])
        assert options["no_healthcheck"] is True

    def test_what_the_caller_knows_is_on_no_command_line(self, run, engine):
        source = {"secretKeyRef": {"name": "s", "key": "k"}}
        env = [{"name": "PASSWORD", "valueFrom": source}, {"name": "PUBLIC", "value": "p"}]
        environ = {"PASSWORD": "hush", "TOKEN": "quiet", "OTHER": "o"}
        made = one(step("printenv PASSWORD TOKEN PUBLIC; printenv OTHER", env=env))
        result = run(made, environ, pass_env=["TOKEN"])
        assert printed(result, "a") == "hush\nquiet\np\n"
        (call,) = engine.calls("create")
        assert not {"hush", "quiet"} & set(" ".join(call).replace("=", " ").split())
        given = [call[at + 1] for at, word in enumerate(call) if word == "--env"]
        assert given == ["TOKEN", "PASSWORD", "PUBLIC=p", "KEDRO_KUBEFLOW_LOCAL=true"]

    def test_a_mount_that_may_only_be_read(self, run, engine, tmp_path):
        mounts = [
            {"name": "v", "mountPath": "/home/kedro/data", "readOnly": True, "subPath": "in/side"}
        ]
        made = one(
            step(volumeMounts=mounts),
            volumes=[{"name": "v", "persistentVolumeClaim": {"claimName": "c"}}],
        )
        assert run(made).succeeded
        (mount,) = engine.created("a")["options"]["mount"]
        source = tmp_path / "run" / "volumes" / "c" / "in" / "side"
        assert mount == f"type=bind,source={source},destination=/home/kedro/data,readonly"

    def test_a_link_on_a_volume_leads_nowhere_else(self, run, run_folder, tmp_path):
        (run_folder / "volumes" / "c").mkdir(parents=True)
        (run_folder / "volumes" / "c" / "x").symlink_to(tmp_path)
        mounts = [{"name": "v", "mountPath": "/home/kedro/data", "subPath": "x"}]
        made = one(
            step(volumeMounts=mounts),
            volumes=[{"name": "v", "persistentVolumeClaim": {"claimName": "c"}}],
        )
        result = run(made)
        assert phases(result) == {"a": "Error"}
        assert "is a link that points outside the volume" in step_of(result, "a").message


class TestLeftOut:
    """What a cluster has and this machine has not is said before the first step."""

    def test_of_the_cluster(self, run, caplog):
        made = one(
            step(
                env=[{"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}],
                envFrom=[{"secretRef": {"name": "s"}}],
                volumeMounts=[{"name": "s", "mountPath": "/etc/secret"}],
                securityContext={"privileged": True, "runAsGroup": 3},
            ),
            volumes=[{"name": "s", "secret": {"secretName": "s"}}],
        )
        assert run(made).succeeded
        assert [record.message for record in caplog.records] == [
            "Volume 's' is not mounted, because its kind, secret, is not on this machine (in a)",
            (
                "The variable KEY comes from the cluster and is not set here; export it to give "
                "it a value (in a)"
            ),
            (
                "Variables under 'envFrom' come from the cluster; hand on those that are needed "
                "with --pass-env (in a)"
            ),
            "securityContext.privileged means nothing here (in a)",
            "securityContext.runAsGroup means nothing here (in a)",
        ]

    @pytest.mark.parametrize(("path", "told"), [("/shared", False), ("/elsewhere", True)])
    def test_a_root_that_is_a_folder_of_one_machine(self, run, caplog, path, told):
        made = one(
            step(
                env=[{"name": "KEDRO_KUBEFLOW_STORE", "value": "file:///shared/runs/x"}],
                volumeMounts=[{"name": "v", "mountPath": path}],
            ),
            volumes=[{"name": "v", "emptyDir": {}}],
        )
        assert run(made).succeeded
        expected = "The root file:///shared/runs/x is a folder inside each container"
        assert (expected in caplog.text) is told


class TestFailures:
    """An engine that fails makes a step an Error, and says why."""

    def test_a_container_that_cannot_be_made(self, run, engine):
        (engine.folder / "fail-create").write_text("warning\nError response from daemon: no room\n")
        result = run(one(step()))
        assert phases(result) == {"a": "Error"}
        expected = "docker could not create the container: Error response from daemon: no room"
        assert step_of(result, "a").message == expected

    def test_a_container_that_is_lost(self, run, engine):
        (engine.folder / "fail-container").write_text("No such container")
        message = step_of(run(one(step())), "a").message
        assert message == "docker does not report the state of the container: No such container"

    def test_outputs_that_cannot_be_copied(self, run, engine):
        (engine.folder / "fail-cp").write_text("Error: permission denied")
        template = {
            **step("echo > x"),
            "outputs": {"parameters": [{"name": "x", "valueFrom": {"path": "x"}}]},
        }
        message = step_of(run(one(template)), "a").message
        expected = "/home/kedro/x could not be copied from the container: Error: permission denied"
        assert message == expected

    def test_a_container_that_cannot_be_removed(self, run, engine, caplog):
        (engine.folder / "fail-rm").write_text("device is busy")
        assert run(one(step())).succeeded
        assert "could not be removed: device is busy" in caplog.text

    def test_more_memory_than_there_is(self, run):
        result = run(one(step("echo > oom; kill -9 $$")))
        assert step_of(result, "a").message == "OOMKilled (exit code 137)"
