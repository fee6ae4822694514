"""Configuration that is made when it is needed: placeholders with each of Kedro's loaders, and providers in pods."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import kedro.config
import pytest
import yaml

from projects import KEDRO, KUBEFLOW, Project

Make = Callable[..., Project]

LOADERS = [
    name
    for name in ("ConfigLoader", "TemplatedConfigLoader", "OmegaConfigLoader")
    if hasattr(kedro.config, name)
]


def loader(name: str, **arguments: Any) -> str:
    source = f"from kedro.config import {name}\nCONFIG_LOADER_CLASS = {name}\n"
    return source + (f"CONFIG_LOADER_ARGS = {arguments!r}\n" if arguments else "")


@pytest.mark.parametrize("name", LOADERS)
def test_placeholders_with_no_change_to_the_settings(project: Make, name: str) -> None:
    made = project(
        settings=loader(name),
        run_config={
            "image": "registry.example.com/shop:${commit_id|dirty}",
            "experiment_name": "Shop [${branch_name|local}] ${team}",
            "run_name": "${pipeline_name} of ${project_name}",
            "description": "for ${oc.env:KEDRO_CONFIG_TEAM}, ${oc.env:NOBODY_SET_THIS,default}",
            "service_account_name": "${runtime_params:account,nobody}",
        },
    )
    workflow = made.compile(KEDRO_CONFIG_COMMIT_ID="abc123", KEDRO_CONFIG_TEAM="pricing")

    image = workflow["spec"]["templateDefaults"]["container"]["image"]
    assert image == "registry.example.com/shop:abc123"
    spec = yaml.safe_load(
        workflow["metadata"]["annotations"]["pipelines.kubeflow.org/pipeline_spec"]
    )
    assert spec["description"] == "for pricing, default"
    assert workflow["spec"]["serviceAccountName"] == "nobody"
    variables = {
        item["name"]: item["value"]
        for item in workflow["spec"]["templateDefaults"]["container"]["env"]
    }
    # The pods read the same file, with the same values.
    assert variables["KEDRO_CONFIG_COMMIT_ID"] == "abc123"
    assert variables["KEDRO_CONFIG_TEAM"] == "pricing"


def test_globals_of_the_project(project: Make) -> None:
    if KEDRO >= (0, 18, 13):
        form, settings = "${globals:registry}", loader("OmegaConfigLoader")
    else:
        form, settings = (
            "${registry}",
            loader("TemplatedConfigLoader", globals_pattern="*globals.yml"),
        )
    made = project(
        settings=settings,
        files={"conf/base/globals.yml": {"registry": "example.com"}},
        run_config={"image": f"{form}/shop:1"},
    )

    workflow = made.compile()

    assert workflow["spec"]["templateDefaults"]["container"]["image"] == "example.com/shop:1"


def test_runtime_params_are_what_param_options_say(project: Make) -> None:
    made = project(
        run_config={
            "volume": None,
            "node_merge_strategy": "full",
            "parallelism": "${runtime_params:factor,1}",
            "timeout": {"__default__": "${runtime_params:nested.a.b,60}"},
        }
    )

    process = made.kubeflow("run-local", "--param", "nested.a.b=soon", check=False)

    assert process.returncode == 2
    assert "run_config.timeout.__default__: 'soon' is not a number of seconds" in " ".join(
        (process.stdout + process.stderr).split()
    )


def test_a_variable_that_is_not_set_is_named(project: Make) -> None:
    made = project(run_config={"image": "shop:${commit_id}"})

    process = made.kubeflow("compile", check=False)

    assert process.returncode == 2
    output = process.stdout + process.stderr
    assert "run_config.image: ${commit_id} has no value" in output
    assert "KEDRO_CONFIG_COMMIT_ID" in output


PROVIDERS = '''
from kedro_kubeflow.dynamic_config import DynamicConfigProvider


class Login(DynamicConfigProvider):
    """A secret that only pods may know."""

    def __init__(self, config, user, shout=False):
        super().__init__(config)
        self.user = user.upper() if shout else user

    @property
    def target_config_file(self):
        return "credentials.yml"

    def generate_config(self):
        return {"login": {"user": self.user, "host": self.config.host, "password": "s" + "3cret"}}


class Greeting(DynamicConfigProvider):
    @property
    def target_config_file(self):
        return "parameters_made.yml"

    def generate_config(self):
        return {"made": {"by": ["the", "pod"]}}


class Broken(Login):
    def generate_config(self):
        raise RuntimeError("no network")


class Outside(Login):
    @property
    def target_config_file(self):
        return "../../etc/passwd.yml"


class NotOne:
    pass
'''

REGISTRY = """
def look(secret, made):
    return {"secret": secret, "made": made}


def register_pipelines():
    return {
        "__default__": Pipeline([node(look, ["secret", "params:made"], "seen", name="look")]),
        "at_the_end": Pipeline([node(look, ["secret", "params:made"], "seen_last", name="look_last")]),
    }
"""
# A dataset whose credentials are its data: what Kedro hands to a dataset is what was seen.
SECRET = """
from shop.datasets import JSONFile


class Secret(JSONFile):
    def __init__(self, filepath, credentials):
        super().__init__(filepath)
        self._credentials = credentials

    def _load(self):
        return self._credentials
"""


@pytest.fixture
def provided(project: Make) -> Callable[..., Project]:
    def make(*providers: Any, **options: Any) -> Project:
        json_file = "shop.datasets.JSONFile"
        return project(
            REGISTRY,
            catalog={
                "secret": {"type": "shop.secret.Secret", "filepath": "x", "credentials": "login"},
                "seen": {"type": json_file, "filepath": "data/seen.json"},
                "seen_last": {"type": json_file, "filepath": "data/seen_last.json"},
            },
            run_config={
                "dynamic_config_providers": list(providers),
                "on_exit_pipeline": "at_the_end",
                **options,
            },
            files={
                "src/shop/providers.py": PROVIDERS,
                "src/shop/secret.py": SECRET,
                "conf/local/credentials.yml": {
                    "login": {"user": "old", "port": 5432},
                    "another": {"user": "stays"},
                },
            },
        )

    return make


def test_providers_write_in_each_pod_and_merge(provided: Make) -> None:
    made = provided(
        {"cls": "shop.providers.Login", "params": {"user": "ada", "shout": True}},
        {"cls": "shop.providers.Greeting"},
    )
    before = {path: path.read_bytes() for path in (made.path / "conf").rglob("*") if path.is_file()}

    made.kubeflow("run-local", "-o", str(made.path / "run"))

    login = {"user": "ADA", "port": 5432, "host": KUBEFLOW["host"], "password": "s3cret"}
    made_there = {"by": ["the", "pod"]}
    for name in ("seen", "seen_last"):
        (seen,) = (made.path / "run/volumes").glob(f"*/{name}.json")
        assert yaml.safe_load(seen.read_text()) == {"secret": login, "made": made_there}
    # The pods' copies were written to, the project was not, and the workflow knows nothing of it.
    assert {path: path.read_bytes() for path in before} == before
    text = made.kubeflow("compile", "-o", "-").stdout
    assert "s3cret" not in text
    assert "shop.providers" not in text


@pytest.mark.parametrize(
    ("provider", "message"),
    [
        (
            {"cls": "shop.nowhere.Login"},
            "run_config.dynamic_config_providers[0].cls: 'shop.nowhere.Login' cannot be imported",
        ),
        ({"cls": "shop.providers.NotOne"}, "'shop.providers.NotOne' is not a subclass of"),
        (
            {"cls": "shop.providers.Login", "params": {"usr": "ada"}},
            "run_config.dynamic_config_providers[0].params: shop.providers.Login does not accept them",
        ),
        (
            {"cls": "shop.providers.Broken", "params": {"user": "ada"}},
            "Broken.generate_config failed: RuntimeError: no network",
        ),
        (
            {"cls": "shop.providers.Outside", "params": {"user": "ada"}},
            "Outside.target_config_file is '../../etc/passwd.yml'",
        ),
    ],
)
def test_a_provider_that_cannot_do_its_work_is_told_in_a_sentence(
    provided: Make, provider: Any, message: str
) -> None:
    made = provided(provider)

    process = made.kubeflow("run-local", check=False)

    assert process.returncode == 1
    assert message in process.stdout
    assert "Traceback" not in process.stdout


def test_a_provider_without_a_module_is_refused_at_once(provided: Make) -> None:
    process = provided({"cls": "Login"}).kubeflow("compile", check=False)

    assert process.returncode == 2
    assert "dynamic_config_providers[0].cls: 'Login' is not the full name" in (
        process.stdout + process.stderr
    )


ANYWHERE = """
from kedro_kubeflow.context_helper import EnvTemplatedConfigLoader

CONFIG_LOADER_CLASS = EnvTemplatedConfigLoader
"""


def test_the_old_config_loader_fills_all_files_of_a_project(project: Make) -> None:
    made = project(
        settings=ANYWHERE,
        parameters="factor: ${factor|3}\nnested: {a: {b: '${word|text}'}}\n"
        if KEDRO >= (0, 18, 5)
        else "factor: 3\nnested: {a: {b: '${word|text}'}}\n",
    )

    workflow = made.compile(KEDRO_CONFIG_WORD="said")

    values = {item["name"]: item["value"] for item in workflow["spec"]["arguments"]["parameters"]}
    assert values == {"factor": "3", "nested": '{"a": {"b": "said"}}'}
    made.kubeflow("run-local", KEDRO_CONFIG_WORD="said")
    made.kedro("run", KEDRO_CONFIG_WORD="said")
    assert made.read_json("data/08_reporting/result.json") == {"odd": 12, "even": 6}
