"""Which of Kedro's configuration environments a command uses."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pytest

from projects import KEDRO, Project

ONE_ENVIRONMENT = 'CONFIG_LOADER_ARGS = {"base_env": "base", "default_run_env": "base"}\n'


@pytest.mark.skipif(KEDRO < (0, 19), reason="default_run_env is documented from Kedro 0.19 on")
def test_the_default_of_the_projects_settings(project: Callable[..., Project]) -> None:
    """As ``kedro run``: such a project has one environment, and no folder conf/local."""
    made = project(settings=ONE_ENVIRONMENT)
    shutil.rmtree(made.path / "conf/local")
    commands = [template["container"]["command"] for template in made.compile()["spec"]["templates"]
                if "command" in template.get("container", {})]  # fmt: skip
    assert commands
    assert all(command[2:4] == ["--env", "base"] for command in commands)
    refused = made.kubeflow("compile", check=False, KEDRO_ENV="prod")
    assert "there is no environment 'prod'" in refused.stderr


def test_local_is_the_last_resort(project: Callable[..., Project]) -> None:
    defaults = project().compile()["spec"]["templateDefaults"]
    assert defaults["container"]["command"][2:4] == ["--env", "local"]
