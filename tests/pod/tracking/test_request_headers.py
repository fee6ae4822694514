"""An MLflow server behind a gate: what the hooks send lets the steps of a workflow through."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from google_iam import IamCredentials
from kfp_server import TokenEndpoint
from kfp_server.google_tokens import claims_of
from kfp_server.http_server import LoopbackServer
from kfp_server.messages import Answer, Request
from mlflow_server import MlflowServer
from projects import Project

Make = Callable[..., Project]

REGISTRY = """
import mlflow


def measure(factor):
    mlflow.log_metric("measured", factor)
    return factor


def register_pipelines():
    return {"__default__": Pipeline([node(measure, "params:factor", "measured", name="measure")])}
"""
DOCS = (Path(__file__).parents[3] / "docs/mlflow.md").read_text(encoding="utf-8")
# The class that the documentation shows, and one that has nothing to say.
(SHOWN,) = re.findall(r"```python\n# src/\S+/headers\.py\n(.*?)```", DOCS, re.DOTALL)
PROVIDER = f"""
{SHOWN}

class Silent(TokenFile):
    def in_context(self):
        return False
"""
OPEN = "data/token"
CLIENT_ID = "1234.apps.googleusercontent.com"


class Gate(LoopbackServer):
    """Hands on what ``lets_in`` says yes to, by the request's headers; 401 for the rest."""

    def __init__(self, server: MlflowServer, lets_in: Callable[[dict[str, str]], bool]) -> None:
        self.turned_away = 0
        self._server = server
        self._lets_in = lets_in
        super().__init__(self._respond)

    def _respond(self, request: Request) -> Answer:
        if not self._lets_in(dict(request.headers)):
            self.turned_away += 1
            return Answer(401, b"who are you?", "text/plain")
        kept = {k: v for k, v in request.headers.items() if k in ("content-type", "accept")}
        answer = requests.request(
            request.method,
            self._server.url + request.target,
            headers=kept,
            data=request.body,
            timeout=30,
        )
        return Answer(answer.status_code, answer.content, answer.headers["Content-Type"])


@pytest.fixture
def behind(
    project: Make, mlflow_server: MlflowServer, request: pytest.FixtureRequest
) -> Iterator[Callable[..., tuple[Project, Gate]]]:
    """Makes a project whose MLflow server is behind a gate, in an experiment called like the test."""
    gates: list[Gate] = []

    def make(
        lets_in: Callable[[dict[str, str]], bool], hooks: str, **mlflow: Any
    ) -> tuple[Project, Gate]:
        gate = Gate(mlflow_server, lets_in)
        gates.append(gate)
        made = project(
            REGISTRY,
            catalog={},
            parameters={"factor": 2},
            run_config={
                "volume": None,
                "mlflow": {"request_header_provider_params": mlflow},
            },
            settings=hooks,
            files={
                "src/shop/headers.py": PROVIDER,
                OPEN: "open\n",
                "conf/base/mlflow.yml": {
                    "server": {"mlflow_tracking_uri": gate.url},
                    "tracking": {"experiment": {"name": request.node.name}},
                },
            },
        )
        return made, gate

    yield make
    for gate in gates:
        gate.stop()


def hook(provider: str, module: str = "shop.headers") -> str:
    return (
        "from kedro_kubeflow.hooks import MlflowRequestHeaderProviderHook\n"
        f"from {module} import {provider}\n"
        f"HOOKS = (MlflowRequestHeaderProviderHook({provider}),)\n"
    )


def assert_one_run(server: MlflowServer, experiment: str) -> None:
    run = server.only_run(experiment)
    assert run.status == "FINISHED"
    assert run.metrics == {"measured": 2.0}


def test_a_class_of_the_projects_own(
    behind: Any, mlflow_server: MlflowServer, request: pytest.FixtureRequest
) -> None:
    def lets_in(headers: dict[str, str]) -> bool:
        # Once, and not "Bearer open Bearer open": MLflow joins what two providers say.
        return headers.get("authorization") == "Bearer open" and headers["x-environment"] == "local"

    made, gate = behind(lets_in, hook("TokenFile"), token_file=OPEN)

    made.kubeflow("run-local")

    assert gate.turned_away == 0
    assert_one_run(mlflow_server, request.node.name)


def test_beside_kedro_mlflows_hook_named_by_hand(
    behind: Any, mlflow_server: MlflowServer, request: pytest.FixtureRequest
) -> None:
    settings = (
        "from kedro_mlflow.framework.hooks import MlflowHook\n"
        # Kedro compares the name as the package spells it, which its versions do not do alike.
        'DISABLE_HOOKS_FOR_PLUGINS = ("kedro-mlflow", "kedro_mlflow")\n'
        + hook("TokenFile").replace("HOOKS = (", "HOOKS = (MlflowHook(), ")
    )
    made, _ = behind(
        lambda headers: headers.get("authorization") == "Bearer open", settings, token_file=OPEN
    )

    made.kubeflow("run-local")

    assert_one_run(mlflow_server, request.node.name)


def test_a_provider_that_has_nothing_to_say_says_nothing(behind: Any) -> None:
    made, gate = behind(lambda headers: False, hook("Silent"), token_file=OPEN)

    process = made.kubeflow("run-local", check=False, MLFLOW_HTTP_REQUEST_MAX_RETRIES="0")

    assert process.returncode == 1
    assert gate.turned_away
    assert all("authorization" not in item.headers for item in gate.received)


@pytest.fixture
def tokens(tmp_path: Path) -> Iterator[TokenEndpoint]:
    with TokenEndpoint() as endpoint:
        endpoint.write_key(tmp_path)
        yield endpoint


@pytest.mark.parametrize("form", ["params", "IAP_CLIENT_ID"])
def test_googles_oauth(
    behind: Any,
    mlflow_server: MlflowServer,
    tokens: TokenEndpoint,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    form: str,
) -> None:
    def lets_in(headers: dict[str, str]) -> bool:
        token = headers.get("authorization", "").partition("Bearer ")[2]
        return token in tokens.issued and claims_of(token)["aud"] == CLIENT_ID

    environ = {"GOOGLE_APPLICATION_CREDENTIALS": str(tmp_path / "service-account.json")}
    if form == "params":
        hooks = hook("GoogleOAuthRequestHeaderProvider", "kedro_kubeflow.request_headers")
        made, gate = behind(lets_in, hooks, client_id=CLIENT_ID)
    else:
        hooks = (
            "from kedro_kubeflow.hooks import MlflowIapAuthHook\nHOOKS = (MlflowIapAuthHook(),)\n"
        )
        made, gate = behind(lets_in, hooks)
        environ["IAP_CLIENT_ID"] = CLIENT_ID

    made.kubeflow("run-local", **environ)

    assert gate.turned_away == 0
    assert_one_run(mlflow_server, request.node.name)
    # A token is kept as long as it is good: one for each of the three steps.
    assert len(tokens.issued) == 3


def test_googles_iam(
    behind: Any,
    mlflow_server: MlflowServer,
    tokens: TokenEndpoint,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    account = "tracking@project.iam.gserviceaccount.com"
    with IamCredentials(tmp_path) as iam:

        def lets_in(headers: dict[str, str]) -> bool:
            token = headers.get("authorization", "").partition("Bearer ")[2]
            return iam.issued.get(token) == (account, CLIENT_ID)

        hooks = hook("GoogleIAMRequestHeaderProvider", "kedro_kubeflow.request_headers")
        made, gate = behind(lets_in, hooks, client_id=CLIENT_ID, service_account=account)
        made.kubeflow(
            "run-local",
            GOOGLE_APPLICATION_CREDENTIALS=str(tmp_path / "service-account.json"),
            **iam.environ(),
        )

    assert gate.turned_away == 0
    assert_one_run(mlflow_server, request.node.name)
    assert all(asked.startswith("Bearer ya29.") for asked in iam.asked)
