"""The environment in, credentials for a Kubeflow Pipelines server out.

Each way to log in is a class of its own that says by itself whether the environment offers it;
:data:`~kedro_kubeflow.auth.registry.LOGINS` holds them in the order in which they are asked. A new
way is a new module and a line there.
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
