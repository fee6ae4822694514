"""A Kubeflow Pipelines server for tests: real HTTP on loopback, no part of it mocked.

::

    with KfpServer("2.0.5", multi_user=True, gate=BearerGate({"secret"})) as server:
        server.script.fail["train"] = "exit code 1"
        server.faults.add(Fault("POST", "/runs$", close=True, after_work=True))
        ...                                     # work against server.url
        assert server.received.lines() == [...]

It implements the ``v1beta1`` API of 1.8.5, of 2.0.5, (for the status of duplicates) of 2.5.0, and of 2.17.0.
A pluggable executor executes submitted workflows.
"""

from kfp_server.certificates import Certificates, make_certificates
from kfp_server.dex import AuthserviceGate, DexSettings, Oauth2ProxyGate
from kfp_server.faults import FOR_EVER, Fault, gateway_error, login_page, not_utf8, status
from kfp_server.gates import BearerGate, IapGate, LoginPageTrap, OpenGate, RedirectTrap
from kfp_server.google_tokens import TokenEndpoint
from kfp_server.http_server import LoopbackServer
from kfp_server.kubernetes_api import KubernetesApi, Pod
from kfp_server.messages import Answer, Request, html_answer, json_answer, redirect
from kfp_server.server import VERSIONS, KfpServer
from kfp_server.simulation import Executor, Finished, NodeState, Script, Simulation
from kfp_server.workflows import sample_workflow

__all__ = [
    "FOR_EVER",
    "VERSIONS",
    "Answer",
    "AuthserviceGate",
    "BearerGate",
    "Certificates",
    "DexSettings",
    "Executor",
    "Fault",
    "Finished",
    "IapGate",
    "KfpServer",
    "KubernetesApi",
    "LoginPageTrap",
    "LoopbackServer",
    "NodeState",
    "Oauth2ProxyGate",
    "OpenGate",
    "Pod",
    "RedirectTrap",
    "Request",
    "Script",
    "Simulation",
    "TokenEndpoint",
    "gateway_error",
    "html_answer",
    "json_answer",
    "login_page",
    "make_certificates",
    "not_utf8",
    "redirect",
    "sample_workflow",
    "status",
]
