"""The workflows of ``kedro kubeflow init --with-github-actions``: right for GitHub, for the plugin, and safe."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Optional

import click
import pytest
import yaml

from kedro_kubeflow import __version__
from kedro_kubeflow.cli import kubeflow
from projects import ENVIRON, Project, make_project

Make = Callable[..., Project]
URL = "https://kubeflow.example.com/pipeline"
WORKFLOWS = Path(".github/workflows")
PUSH, MERGE = "kubeflow-push.yml", "kubeflow-merge.yml"
DOCKERFILE = "ARG VERSION=3.10\nFROM python:$VERSION-slim\nWORKDIR /home/kedro\n"
REGISTRY = """
def register_pipelines():
    return {"__default__": Pipeline([node(len, "raw", "result", name="count")])}
"""
CATALOG = {
    name: {"type": "shop.datasets.JSONFile", "filepath": f"data/{name}.json"}
    for name in ("raw", "result")
}
FOLDER = "teams/price [eu]+'s"
"""Of a project that is not the whole of its repository."""


def make_at(path: Path, **options: Any) -> Project:
    return make_project(path, REGISTRY, catalog=CATALOG, **options)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project that is a repository, with its workflows; not to be changed."""
    path = tmp_path_factory.mktemp("whole") / "shop"
    files = {
        "requirements.txt": "kedro\nkedro-kubeflow\n",
        "Dockerfile": DOCKERFILE,
        ".git/HEAD": "",
    }
    made = make_at(path, files=files)
    made.kubeflow("init", URL, "--force", "--with-github-actions")
    return made


@pytest.fixture(scope="module")
def part(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project in a folder of a repository, with an environment of its own; not to be changed."""
    root = tmp_path_factory.mktemp("part")
    (root / ".git").write_text("gitdir: elsewhere\n")  # as in a worktree
    (root / ".python-version").write_text("3.12.4\n")
    files = {
        "src/requirements.txt": "kedro\n",
        "wheels/kedro_kubeflow.whl": "",
        "conf/on $call/.gitkeep": "",
    }
    made = make_at(root / FOLDER, files=files, run_config={"cron_expression": "@daily"})
    made.kubeflow("--env", "on $call", "init", URL, "--with-github-actions")
    return made


def repository(project: Project) -> Path:
    return next(path for path in (project.path, *project.path.parents) if (path / ".git").exists())


def read(project: Project, name: str) -> dict[Any, Any]:
    text = (repository(project) / WORKFLOWS / name).read_text(encoding="utf-8")
    workflow: dict[Any, Any] = yaml.safe_load(text)
    workflow["on"] = workflow.pop(True)  # what `on` is in YAML 1.1
    return workflow


@pytest.fixture(params=["whole", "part"])
def project_of_each_kind(request: pytest.FixtureRequest) -> Project:
    made: Project = request.getfixturevalue(request.param)
    return made


@pytest.fixture(params=[PUSH, MERGE])
def workflow(request: pytest.FixtureRequest, project_of_each_kind: Project) -> dict[Any, Any]:
    return read(project_of_each_kind, request.param)


def steps(workflow: dict[Any, Any]) -> Iterator[dict[str, Any]]:
    for job in workflow["jobs"].values():
        yield from job["steps"]


def step(workflow: dict[Any, Any], job: str, name: str) -> dict[str, Any]:
    """The step of a job that has a name, or uses an action."""
    return next(
        item
        for item in workflow["jobs"][job]["steps"]
        if name == item.get("name") or item.get("uses", "").startswith(f"{name}@")
    )


def test_github_takes_them(project_of_each_kind: Project) -> None:
    pytest.importorskip("check_jsonschema")
    names = [str(repository(project_of_each_kind) / WORKFLOWS / name) for name in (PUSH, MERGE)]
    command = [
        sys.executable,
        "-m",
        "check_jsonschema",
        "--builtin-schema",
        "vendor.github-workflows",
    ]
    checked = subprocess.run([*command, *names], check=False, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_triggers(whole: Project, part: Project) -> None:
    assert read(whole, PUSH)["on"] == {
        "push": {"branches-ignore": ["main", "master"]},
        "pull_request": None,
    }
    assert read(whole, MERGE)["on"] == {"push": {"branches": ["main", "master"]}}
    # In a repository of many projects only what changes this one starts them; GitHub's own signs are escaped.
    paths = [r"teams/price \[eu\]\+'s/**", ".github/workflows/kubeflow-*.yml"]
    assert read(part, PUSH)["on"] == {
        "push": {"branches-ignore": ["main", "master"], "paths": paths},
        "pull_request": {"paths": paths},
    }


def test_nothing_may_do_more_than_it_must(workflow: dict[Any, Any]) -> None:
    assert workflow["permissions"] == {"contents": "read"}
    for name, job in workflow["jobs"].items():
        expected = None if name == "compile" else {"contents": "read", "id-token": "write"}
        assert job.get("permissions") == expected
        assert job["timeout-minutes"] < 360
    for item in steps(workflow):
        if item.get("uses", "").startswith("actions/checkout@"):
            assert item["with"]["persist-credentials"] is False
    assert set(workflow["concurrency"]) == {"group", "cancel-in-progress"}


def test_a_pull_request_gets_no_secrets(whole: Project) -> None:
    workflow = read(whole, PUSH)
    assert workflow["jobs"]["compile"]["if"] == "github.event_name == 'pull_request'"
    assert workflow["jobs"]["run-once"]["if"].startswith("github.event_name == 'push' && ")
    for text in (repr(workflow["jobs"]["compile"]), repr(workflow["env"])):
        assert "secrets" not in text
    assert "pull_request" not in read(whole, MERGE)["on"]


def test_nobody_can_put_words_into_a_script(workflow: dict[Any, Any]) -> None:
    for item in steps(workflow):
        assert "${{" not in item.get("run", "")
    assert workflow["env"]["KEDRO_CONFIG_COMMIT_ID"] == "${{ github.sha }}"
    assert "github.ref_name" in workflow["env"]["KEDRO_CONFIG_BRANCH_NAME"]


def test_the_actions_of_today_by_major_version(workflow: dict[Any, Any]) -> None:
    used = {item["uses"] for item in steps(workflow) if "uses" in item}
    assert used == {
        "actions/checkout@v7",
        "actions/setup-python@v7",
        "docker/build-push-action@v7",
        "docker/login-action@v4",
        "docker/setup-buildx-action@v4",
        "google-github-actions/auth@v3",
    }


def test_credentials_are_not_where_the_image_is_made(workflow: dict[Any, Any]) -> None:
    """google-github-actions/auth leaves its file in the folder of the checkout, if it leaves one."""
    job = workflow["jobs"]["run-once" if "run-once" in workflow["jobs"] else "schedule"]
    seen = [item for item in job["steps"] if "uses" in item]
    build = next(i for i, item in enumerate(seen) if "build-push" in item["uses"])
    logins = [i for i, item in enumerate(seen) if "google" in item["uses"]]
    assert [i < build for i in logins] == [True, False]
    assert seen[logins[0]]["with"]["create_credentials_file"] is False


def plugin_commands(workflow: dict[Any, Any]) -> Iterator[list[str]]:
    for item in steps(workflow):
        for line in item.get("run", "").splitlines():
            words = shlex.split(line, comments=True)
            if words[:2] == ["kedro", "kubeflow"]:
                yield words[2:]


def test_the_plugin_knows_what_they_call(workflow: dict[Any, Any]) -> None:
    found = list(plugin_commands(workflow))
    assert {words[0] for words in found} in (
        {"compile", "run-once"},
        {"upload-pipeline", "schedule"},
    )
    for name, *words in found:
        context = click.Context(kubeflow)
        command = kubeflow.get_command(context, name)
        assert command is not None
        parsed = command.make_context(name, words, parent=context)  # refuses what it does not know
        if name in ("run-once", "upload-pipeline"):
            assert parsed.params["image"] == "$IMAGE"


def test_the_schedule(whole: Project, part: Project) -> None:
    assert ["schedule", "--cron-expression", "0 0 4 * * *"] in plugin_commands(read(whole, MERGE))
    # Its kubeflow.yaml has a cron_expression, which an option would hide.
    assert ["schedule"] in plugin_commands(read(part, MERGE))


def test_the_server_is_given_what_the_plugin_logs_in_with(whole: Project) -> None:
    for name, job, title in (
        (PUSH, "run-once", "Run once"),
        (MERGE, "schedule", "Upload and schedule"),
    ):
        given = step(read(whole, name), job, title)["env"]
        for variable in ("DEX_USERNAME", "DEX_PASSWORD", "IAP_CLIENT_ID"):
            assert given[variable] == f"${{{{ secrets.{variable} }}}}"
        assert (
            given["KUBEFLOW_TOKEN"]
            == "${{ secrets.KUBEFLOW_TOKEN || steps.server.outputs.id_token }}"
        )


@pytest.mark.parametrize(
    ("registry", "host", "image"),
    [
        (
            "registry.example.com/team",
            "registry.example.com",
            "registry.example.com/team/shop:abc123",
        ),
        ("localhost:5000", "localhost:5000", "localhost:5000/shop:abc123"),
        ("gcr.io/my-project/", "gcr.io", "gcr.io/my-project/shop:abc123"),
        ("", None, None),
    ],
)
def test_the_image_is_named_after_the_commit(
    whole: Project, tmp_path: Path, registry: str, host: Optional[str], image: Optional[str]
) -> None:
    script = step(read(whole, PUSH), "run-once", "Name the image")["run"]
    done = run_script(
        script,
        tmp_path,
        REGISTRY=registry,
        GITHUB_SHA="abc123",
        GITHUB_OUTPUT=str(tmp_path / "out"),
    )
    if image is None:
        assert done.returncode == 1
        assert "::error::" in done.stdout
    else:
        assert done.returncode == 0
        assert (tmp_path / "out").read_text() == f"host={host}\nname={image}\n"


def test_waiting_is_a_choice(whole: Project, tmp_path: Path) -> None:
    script = step(read(whole, PUSH), "run-once", "Run once")["run"].replace(
        "kedro kubeflow", "echo"
    )
    waiting = run_script(script, tmp_path, IMAGE="a b", KUBEFLOW_WAIT="true").stdout
    assert waiting == "run-once --image a b --wait-for-completion --timeout 18000\n"
    assert (
        run_script(script, tmp_path, IMAGE="a", KUBEFLOW_WAIT="").stdout == "run-once --image a\n"
    )


def test_the_check_of_a_pull_request_compiles(project_of_each_kind: Project) -> None:
    """Runs it as GitHub does, but for the installation: in a checkout, which has no empty folders."""
    workflow = read(project_of_each_kind, PUSH)
    root = repository(project_of_each_kind)
    folder = root / workflow["defaults"]["run"]["working-directory"]
    assert folder == project_of_each_kind.path
    env = workflow["env"]
    environ = {name: value for name, value in env.items() if "${{" not in value}
    environ |= {"KEDRO_CONFIG_COMMIT_ID": "abc123", "KEDRO_CONFIG_BRANCH_NAME": "a$(b)"}
    env_folder = folder / "conf" / env["KEDRO_ENV"]
    for item in env_folder.iterdir():
        item.unlink()
    env_folder.rmdir()
    install = step(workflow, "compile", "Install")["run"].splitlines()
    make_folder = [line for line in install if line.startswith("mkdir ")]

    script = "\n".join([*make_folder, step(workflow, "compile", "Compile")["run"]])
    # Where a secret is not set, GitHub sets its variable to nothing.
    done = run_script(script, folder, **environ, IAP_CLIENT_ID="")

    assert done.returncode == 0, done.stdout + done.stderr
    compiled = folder / "pipeline.yml"
    found = set(texts(yaml.safe_load(compiled.read_text(encoding="utf-8"))))
    compiled.unlink()
    assert {"abc123", env["KEDRO_ENV"]} <= found
    assert "IAP_CLIENT_ID" not in found


def texts(value: Any) -> Iterator[str]:
    """All values of a YAML file that are texts."""
    if isinstance(value, str):
        yield value
    for item in (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    ):
        yield from texts(item)


def run_script(script: str, folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script],
        cwd=folder,
        env={**os.environ, **ENVIRON, "PATH": path, **environ},
        check=False,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )


def test_what_is_installed_with_which_python(whole: Project, part: Project) -> None:
    install = step(read(whole, PUSH), "compile", "Install")["run"]
    # One command, so that the version in the requirements holds for the extra, too; and PyPI's has none so high.
    extra = f"'kedro-kubeflow[kfp-unpinned]>={__version__}'"
    assert f"pip install -r requirements.txt {extra}\n" in install
    assert "pip install --no-deps 'kfp>=1.8.22,<2'\n" in install
    setup = step(read(whole, PUSH), "compile", "actions/setup-python")["with"]
    assert setup["python-version"] == "3.10", "of the Dockerfile"
    assert setup["cache-dependency-path"] == "requirements.txt"

    install = step(read(part, PUSH), "compile", "Install")["run"]
    assert f"pip install --find-links wheels -r src/requirements.txt {extra}\n" in install
    assert "mkdir -p 'conf/on $call'" in install
    setup = step(read(part, PUSH), "compile", "actions/setup-python")["with"]
    assert setup["python-version"] == "3.12", "of .python-version"
    assert setup["cache-dependency-path"] == f"{FOLDER}/src/requirements.txt"


def test_the_image_is_built_from_the_project(whole: Project, part: Project) -> None:
    built = step(read(whole, MERGE), "schedule", "docker/build-push-action")["with"]
    assert built["context"] == "."
    assert built["push"] is True
    assert built["cache-from"] == "type=gha,scope=shop"
    built = step(read(part, MERGE), "schedule", "docker/build-push-action")["with"]
    assert built["context"] == FOLDER
    assert built["cache-to"] == "type=gha,mode=max,scope=price-eu-s"


def test_a_configuration_that_is_there_is_kept(project: Make) -> None:
    made = project()
    config = made.path / "conf/base/kubeflow.yaml"
    before = config.read_bytes()

    said = made.kubeflow("init", URL, "--with-github-actions").stdout

    assert config.read_bytes() == before
    assert f"Not changed: {config}" in said
    assert f"Check host in kubeflow.yaml: it is http://localhost:8080, not {URL}" in said
    assert "Create a git repository" in said
    assert (made.path / WORKFLOWS / PUSH).is_file()

    (made.path / WORKFLOWS / PUSH).unlink()
    again = made.kubeflow("init", URL, "--with-github-actions", check=False)
    assert again.returncode == 2
    assert f"{MERGE}: the file exists; --force overwrites it and kubeflow.yaml" in again.stderr
    assert not (made.path / WORKFLOWS / PUSH).exists(), "all of them or none"

    made.kubeflow("init", URL, "--with-github-actions", "--force")
    assert config.read_bytes() != before
    assert (made.path / WORKFLOWS / PUSH).is_file()


def test_a_project_that_names_its_requirements_in_pyproject(project: Make) -> None:
    made = project()
    pyproject = (made.path / "pyproject.toml").read_text()
    made.write(
        "pyproject.toml",
        '[project]\nname = "shop"\nversion = "1"\ndependencies = ["kedro", "kedro-kubeflow"]\n'
        + pyproject,
    )
    made.write(".git/HEAD", "")
    said = made.kubeflow("init", URL, "--with-github-actions").stdout
    assert "Put kedro-kubeflow" not in said
    setup = step(read(made, PUSH), "compile", "actions/setup-python")["with"]
    assert setup["cache-dependency-path"] == "pyproject.toml"
    assert setup["python-version"] == f"{sys.version_info.major}.{sys.version_info.minor}"
    assert "pip install . 'kedro-kubeflow[" in step(read(made, PUSH), "compile", "Install")["run"]
