"""Which login the environment selects, and that it is only logged at debug level."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from kedro_kubeflow.auth import LOGINS, choose_login
from kedro_kubeflow.auth.service_account import ServiceAccountToken
from kedro_kubeflow.errors import AuthenticationError

HOST = "https://kubeflow.example.com/pipeline"
GOOGLE = "https://1a2b-dot-europe-west1.pipelines.googleusercontent.com"
DEX = {"DEX_USERNAME": "ci@example.com", "DEX_PASSWORD": "pass"}


@pytest.mark.parametrize(
    ("environment", "host", "label"),
    [
        ({}, HOST, "no credentials"),
        ({"KUBEFLOW_TOKEN": "", "DEX_USERNAME": ""}, HOST, "no credentials"),
        ({"KUBEFLOW_TOKEN": "abc"}, HOST, "bearer token (KUBEFLOW_TOKEN)"),
        ({"KUBEFLOW_TOKEN_FILE": "/t"}, HOST, "bearer token in a file (KUBEFLOW_TOKEN_FILE)"),
        (DEX, HOST, "Dex (DEX_USERNAME, DEX_PASSWORD)"),
        ({"IAP_CLIENT_ID": "1"}, HOST, "Identity-Aware Proxy (IAP_CLIENT_ID)"),
        (
            {"KF_PIPELINES_SA_TOKEN_PATH": "/t"},
            HOST,
            "service account token of this pod (KF_PIPELINES_SA_TOKEN_PATH)",
        ),
        ({}, GOOGLE, "Google's default credentials (the host is under googleusercontent.com)"),
        ({"IAP_CLIENT_ID": "1", "KUBEFLOW_TOKEN": "abc"}, HOST, "bearer token (KUBEFLOW_TOKEN)"),
        ({**DEX, "IAP_CLIENT_ID": "1"}, HOST, "Dex (DEX_USERNAME, DEX_PASSWORD)"),
        ({"IAP_CLIENT_ID": "1"}, GOOGLE, "Identity-Aware Proxy (IAP_CLIENT_ID)"),
    ],
)
def test_the_first_that_is_offered_is_used(
    environment: dict[str, str], host: str, label: str
) -> None:
    assert choose_login(environment, host).label == label


def test_the_token_that_kubernetes_mounts_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = tmp_path / "token"
    token.write_text("abc")
    monkeypatch.setattr(ServiceAccountToken, "mounted", token)

    assert isinstance(choose_login({}, HOST), ServiceAccountToken)


def test_the_choice_and_what_was_passed_over_are_logged_at_debug(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)

    choose_login({**DEX, "IAP_CLIENT_ID": "1"}, HOST)

    assert [(r.levelno, r.getMessage()) for r in caplog.records] == [
        (logging.DEBUG, f"Login at {HOST}: Dex (DEX_USERNAME, DEX_PASSWORD)"),
        (
            logging.DEBUG,
            "Configured, but not used: Identity-Aware Proxy (IAP_CLIENT_ID)",
        ),
    ]


@pytest.mark.parametrize(
    ("there", "missing"), [("DEX_USERNAME", "DEX_PASSWORD"), ("DEX_PASSWORD", "DEX_USERNAME")]
)
def test_half_of_a_login_is_an_error_that_names_the_other_half(there: str, missing: str) -> None:
    with pytest.raises(AuthenticationError) as caught:
        choose_login({there: "hunter2"}, HOST)

    assert str(caught.value) == f"{there} is set but {missing} is not: set both, or neither"


def test_half_of_a_login_that_is_not_used_is_no_matter() -> None:
    login = choose_login({"KUBEFLOW_TOKEN": "abc", "DEX_USERNAME": "me"}, HOST)

    assert login.label == "bearer token (KUBEFLOW_TOKEN)"


@pytest.mark.parametrize("kind", LOGINS)
def test_every_login_says_what_it_is_and_what_to_set(kind: Any) -> None:
    assert kind.label
    assert kind.advice


@pytest.mark.parametrize(
    ("token", "problem"),
    [
        ("   ", "KUBEFLOW_TOKEN contains no token: it is empty"),
        ("two words", "its character 4 is not allowed in an HTTP header"),
        ("line\nbreak", "its character 5 is not allowed in an HTTP header"),
        ("schlüssel", "its character 5 is not allowed in an HTTP header"),
    ],
)
def test_a_text_that_can_be_no_token_is_refused_without_quoting_it(
    token: str, problem: str
) -> None:
    with pytest.raises(AuthenticationError) as caught:
        choose_login({"KUBEFLOW_TOKEN": token}, HOST)

    assert problem in str(caught.value)
    assert token not in str(caught.value)
