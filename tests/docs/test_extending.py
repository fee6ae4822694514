"""The recipes of docs/extending.md, applied to a copy of the package and tested with the page's own tests."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import kedro_kubeflow
from projects import KEDRO

# Once is enough: the recipes do not depend on the version of Kedro, and each is a run of pytest of its own.
pytestmark = pytest.mark.skipif(KEDRO < (1,), reason="tried with the newest Kedro only")

PAGE = (Path(__file__).parents[2] / "docs/extending.md").read_text(encoding="utf-8")
TESTS = Path(__file__).parents[1]

# What a recipe's test imports, which the page leaves to the reader.
PRELUDE = """
from collections.abc import Callable
from typing import Any, Optional

import pytest

from kedro_kubeflow.argo import merge_template_defaults
from projects import Project
"""

SETTINGS = "config/pod_options/settings.py"
SETTINGS_LINE = "SETTINGS: Mapping[str, PodSetting] = {\n"
FIELDS = "class PodSettings(StrictModel):\n"


def blocks(heading: str) -> list[str]:
    """The Python of one section, block by block."""
    section = re.split(r"^#+ ", PAGE.split(f"# {heading}\n", 1)[1], flags=re.MULTILINE)[0]
    return re.findall(r"```python\n(.*?)```", section, re.DOTALL)


def insert(file: Path, before: str, code: str) -> None:
    """Puts code before a line that is there once."""
    text = file.read_text(encoding="utf-8")
    assert text.count(before) == 1, f"{file.name} has no single {before!r}"
    file.write_text(text.replace(before, code + before), encoding="utf-8")


def insert_after(file: Path, line: str, code: str) -> None:
    """Puts code after a line that is there once, and after the docstring that may follow it."""
    text = file.read_text(encoding="utf-8")
    found = re.findall(re.escape(line) + r'(?:    """.*?"""\n)?', text, re.DOTALL)
    assert len(found) == 1, f"{file.name} has no single {line!r}"
    file.write_text(text.replace(found[0], f"{found[0]}{code}\n"), encoding="utf-8")


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of the package."""
    source = Path(kedro_kubeflow.__file__).parent
    return Path(shutil.copytree(source, tmp_path / "kedro_kubeflow"))


def passes(package: Path, test: str) -> None:
    """Runs a page's test with the changed copy of the package."""
    folder = package.parent
    (folder / "test_recipe.py").write_text(PRELUDE + test, encoding="utf-8")
    path = os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH"))))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "conftest", "-p", "no:cacheprovider", "-c", os.devnull,
         "-o", f"pythonpath={folder} {TESTS}", str(folder / "test_recipe.py")],
        check=False,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": f"{path}{os.pathsep}{TESTS}"},
        capture_output=True,
        text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"\b[1-9]\d* passed", done.stdout), done.stdout


def test_a_setting_of_pods(package: Path) -> None:
    functions, line, field, test = blocks("A setting of pods")
    insert(package / SETTINGS, SETTINGS_LINE, f"{functions}\n\n")
    insert_after(package / SETTINGS, SETTINGS_LINE, line)
    insert_after(package / SETTINGS, FIELDS, field)
    passes(package, test)


def test_a_field_that_argos_template_does_not_have(package: Path) -> None:
    functions, line, field, test = blocks("A field that Argo's template does not have")
    name = "from kedro_kubeflow.config.strict_model import kubernetes_name\n"
    insert(package / SETTINGS, SETTINGS_LINE, f"{name}\n\n{functions}\n\n")
    insert_after(package / SETTINGS, SETTINGS_LINE, line)
    insert_after(package / SETTINGS, FIELDS, field)
    passes(package, test)


def test_a_merge_strategy(package: Path) -> None:
    function, line, test = blocks("A merge strategy")
    grouping = package / "project/grouping.py"
    registry = "STRATEGIES: Mapping[str, Strategy] = {\n"
    insert(grouping, registry, f"{function}\n\n")
    insert_after(grouping, registry, line)
    passes(package, test)


def test_a_login(package: Path) -> None:
    login, test = blocks("A login")
    imports = (
        "from __future__ import annotations\n\nfrom typing import TYPE_CHECKING, Optional\n\n"
        "from kedro_kubeflow.auth.bearer import token_of\n"
        "from kedro_kubeflow.auth.login import Login, Offer\n"
        "from kedro_kubeflow.auth.secret import Secret\n\n"
        "if TYPE_CHECKING:\n    import requests\n\n\n"
    )
    (package / "auth/api_key.py").write_text(imports + login, encoding="utf-8")
    registry = package / "auth/registry.py"
    insert(
        registry,
        "from kedro_kubeflow.auth.bearer",
        "from kedro_kubeflow.auth.api_key import ApiKey\n",
    )
    insert_after(registry, "LOGINS: tuple[type[Login], ...] = (\n", "    ApiKey,")
    server = (
        "from kfp_server import KfpServer\nfrom kfp_server.faults import status\n"
        "from kfp_server.messages import Answer, Request\n"
        "from kedro_kubeflow.client import KubeflowClient\n"
        "from kedro_kubeflow.errors import AuthenticationError\n\n\n"
        "@pytest.fixture\ndef connect() -> Any:\n"
        "    return lambda server, environment: KubeflowClient(server.url, environment)\n\n\n"
    )
    passes(package, server + test)
