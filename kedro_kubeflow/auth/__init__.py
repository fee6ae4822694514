"""Chooses credentials for a Kubeflow Pipelines server from the environment.

Each login is a class of its own that checks whether the environment configures it;
:data:`~kedro_kubeflow.auth.registry.LOGINS` lists them in the order in which they are tried. A new
login is a new module and a line there.
"""

from kedro_kubeflow.auth.certificates import trusted_authorities
from kedro_kubeflow.auth.google_cloud import IdentityAwareProxy
from kedro_kubeflow.auth.login import Browser, Login, Page
from kedro_kubeflow.auth.pages import ReadPage
from kedro_kubeflow.auth.registry import LOGINS, choose_login
from kedro_kubeflow.auth.secret import Secret

__all__ = [
    "LOGINS",
    "Browser",
    "IdentityAwareProxy",
    "Login",
    "Page",
    "ReadPage",
    "Secret",
    "choose_login",
    "trusted_authorities",
]
