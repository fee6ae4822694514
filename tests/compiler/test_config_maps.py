"""Config maps whose keys are the values of Kedro parameters: compiled, and run on this machine."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from projects import Project

Make = Callable[..., Project]

REGISTRY = """
def keep(*values):
    return list(values)


def register_pipelines():
    names = ["region", "model.alpha", "model.beta", "days", "version"]
    return {
        "__default__": Pipeline([node(keep, [f"params:{name}" for name in names], "result", name="keep")]),
        "notify": Pipeline([node(keep, ["params:region", "params:status"], "told", name="notify")]),
    }
"""

CATALOG = {
    name: {"type": "shop.datasets.JSONFile", "filepath": f"data/08_reporting/{name}.json"}
    for name in ("result", "told")
}

PARAMETERS = {
    "region": "eu",
    "model": {"alpha": 0.1, "beta": 2},
    "days": [1, 2],
    "version": "1",
}

CONFIG_MAPS = [
    {"config_map": "settings", "key": "region", "deploy_type": "param"},
    {
        "config_map": "settings",
        "key": "ALPHA",
        "deploy_type": "param",
        "deploy_target": "model.alpha",
    },
    {"config_map": "other", "key": "days", "deploy_type": "param"},
    {"config_map": "stage", "key": "STAGE", "deploy_type": "env", "deploy_target": "WHERE"},
    {"config_map": "all"},
]

GIVEN = {
    "KEDRO_KUBEFLOW_PARAMETER_region": "us: {{workflow.name}}",
    "KEDRO_KUBEFLOW_PARAMETER_model_alpha": "1e-3",
    "KEDRO_KUBEFLOW_PARAMETER_days": "[3, 4]\n",
}


@pytest.fixture
def made(project: Make) -> Callable[..., Project]:
    def make(config_maps: Any = CONFIG_MAPS, parameters: Any = PARAMETERS, **options: Any) -> Any:
        options.setdefault("on_exit_pipeline", "notify")
        options["config_maps"] = config_maps
        return project(
            registry=REGISTRY,
            catalog=CATALOG,
            parameters=parameters,
            files={},
            run_config=options,
        )

    return make


def volume_file(project: Project, name: str) -> Any:
    (run,) = (project.path / ".kedro-kubeflow/runs").iterdir()
    (path,) = run.glob(f"volumes/*/08_reporting/{name}.json")
    return json.loads(path.read_text(encoding="utf-8"))


def test_the_workflow_says_where_the_values_are(made: Callable[..., Project]) -> None:
    workflow = made().compile()
    container = workflow["spec"]["templateDefaults"]["container"]
    variables = {item["name"]: item for item in container["env"]}
    found = {
        name: item["valueFrom"]["configMapKeyRef"]
        for name, item in variables.items()
        if "valueFrom" in item
    }
    assert found == {
        "KEDRO_KUBEFLOW_PARAMETER_region": {"name": "settings", "key": "region"},
        "KEDRO_KUBEFLOW_PARAMETER_model_alpha": {"name": "settings", "key": "ALPHA"},
        "KEDRO_KUBEFLOW_PARAMETER_days": {"name": "other", "key": "days"},
        "WHERE": {"name": "stage", "key": "STAGE"},
    }
    assert json.loads(variables["KEDRO_KUBEFLOW_PARAMETERS"]["value"]) == {
        "region": "KEDRO_KUBEFLOW_PARAMETER_region",
        "model.alpha": "KEDRO_KUBEFLOW_PARAMETER_model_alpha",
        "days": "KEDRO_KUBEFLOW_PARAMETER_days",
    }
    assert container["envFrom"] == [{"configMapRef": {"name": "all"}}]
    # They stay parameters of the workflow, with the configuration's values.
    assert {"name": "region", "value": "eu"} in workflow["spec"]["arguments"]["parameters"]


def test_values_reach_the_steps_with_the_types_of_the_defaults(
    made: Callable[..., Project],
) -> None:
    project = made()
    process = project.kubeflow("run-local", **GIVEN)
    assert volume_file(project, "result") == ["us: {{workflow.name}}", 0.001, 2, [3, 4], "1"]
    assert volume_file(project, "told") == ["us: {{workflow.name}}", "Succeeded"]
    assert "KEDRO_KUBEFLOW_PARAMETER_" not in process.stdout + process.stderr


def test_what_is_given_for_a_run_wins(made: Callable[..., Project]) -> None:
    project = made()
    options = ["--param", "region=asia", "--param", "model.beta=5", "--param", "version=1e3"]
    project.kubeflow("run-local", *options, **GIVEN)
    assert volume_file(project, "result") == ["asia", 0.001, 5, [3, 4], "1e3"]


def test_parameters_that_are_none_of_the_workflow_get_values_too(
    made: Callable[..., Project],
) -> None:
    project = made(parameters=PARAMETERS, on_exit_pipeline=None)
    config = project.path / "conf/base/kubeflow.yaml"
    text = config.read_text(encoding="utf-8")
    config.write_text(f"{text}  parameters: [days]\n", encoding="utf-8")
    project.kubeflow("run-local", **GIVEN)
    assert volume_file(project, "result") == ["us: {{workflow.name}}", 0.001, 2, [3, 4], "1"]


def test_without_the_cluster_parameters_keep_their_values_and_a_warning_says_so(
    made: Callable[..., Project],
) -> None:
    project = made(CONFIG_MAPS[:1])
    process = project.kubeflow("run-local")
    assert (
        "The variable KEDRO_KUBEFLOW_PARAMETER_region comes from the cluster and is not set here; "
        "export it" in process.stdout + process.stderr
    )
    assert volume_file(project, "result")[0] == "eu"
    (run,) = (project.path / ".kedro-kubeflow/runs").iterdir()
    assert "parameter region keeps its value" in (run / "logs/keep.log").read_text()


def test_a_value_of_another_type_fails_the_step(made: Callable[..., Project]) -> None:
    project = made(CONFIG_MAPS[1:2], on_exit_pipeline=None)
    given = {"KEDRO_KUBEFLOW_PARAMETER_model_alpha": "much"}
    process = project.kubeflow("run-local", check=False, **given)
    assert process.returncode == 1
    (run,) = (project.path / ".kedro-kubeflow/runs").iterdir()
    log = (run / "logs/keep.log").read_text()
    assert (
        "Error: parameter 'model.alpha', from a config map through KEDRO_KUBEFLOW_PARAMETER_model_alpha: "
        "'much' is not a number" in log
    )
    assert "Traceback" not in log


def test_an_image_with_other_parameters_says_so(made: Callable[..., Project]) -> None:
    project = made(CONFIG_MAPS[:1], on_exit_pipeline=None)
    project.compile()
    project.write("conf/base/parameters.yml", {**PARAMETERS, "region": None, "regions": "x"})
    text = (project.path / "conf/base/parameters.yml").read_text(encoding="utf-8")
    project.write("conf/base/parameters.yml", text.replace("region: null\n", ""))
    project.kubeflow("run-local", "--workflow", "pipeline.yml", check=False, **GIVEN)
    (run,) = (project.path / ".kedro-kubeflow/runs").iterdir()
    log = (run / "logs/keep.log").read_text()
    assert "the project in this image has no parameter 'region'" in log


def test_names_that_no_shell_could_export_are_made_legal_and_kept_apart(
    made: Callable[..., Project],
) -> None:
    names = ["my param", "my-param", "größe", "{{x}}"]
    config_maps = [
        {"config_map": "m", "key": f"k{index}", "deploy_type": "param", "deploy_target": name}
        for index, name in enumerate(names)
    ]
    project = made(config_maps, parameters={**PARAMETERS, **dict.fromkeys(names, "x")})
    env = project.compile()["spec"]["templateDefaults"]["container"]["env"]
    (told,) = (item["value"] for item in env if item["name"] == "KEDRO_KUBEFLOW_PARAMETERS")
    assert "{{" not in told
    variables = json.loads(told)
    assert list(variables) == names
    assert len(set(variables.values())) == len(names)
    assert all(item.isascii() and item.isidentifier() for item in variables.values())


@pytest.mark.parametrize(
    ("config_map", "message"),
    [
        (
            {"key": "regoin"},
            "run_config.config_maps[0].key: there is no parameter 'regoin' in the project; did you mean 'region'?",
        ),
        (
            {"key": "k", "deploy_target": "model.alhpa"},
            "there is no parameter 'model.alhpa' in the project; did you mean 'model.alpha'?",
        ),
        ({}, "run_config.config_maps[0].deploy_type: with param, 'key' must say which key"),
        (
            {"key": "k", "deploy_type": "parm"},
            "run_config.config_maps[0].deploy_type: 'parm' is not one of env, param",
        ),
    ],
)
def test_mistakes(made: Callable[..., Project], config_map: Any, message: str) -> None:
    project = made([{"config_map": "m", "deploy_type": "param", **config_map}])
    process = project.kubeflow("compile", check=False)
    assert process.returncode == 2
    assert message in process.stderr


def test_two_values_for_one_parameter(made: Callable[..., Project]) -> None:
    process = made([CONFIG_MAPS[0], {**CONFIG_MAPS[0], "config_map": "b"}]).kubeflow(
        "compile", check=False
    )
    assert process.returncode == 2
    assert (
        "the parameter 'region' already gets its value from config map 'settings'" in process.stderr
    )
