"""Builds links to Kubeflow's interface, and reads run ids from them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from kedro_kubeflow.errors import ConfigError

_RUN_IN_LINK = re.compile(r"/runs/details/([^/?#]+)")
_DASHBOARD = re.compile(r"/_/pipeline$")


@dataclass(frozen=True)
class Links:
    """URLs in the interface of one server.

    The routes come from the interface's router, frontend/src/components/Router.tsx in the
    sources of Kubeflow Pipelines; they are the same from 1.8 to 2.5.
    """

    host: str

    @property
    def home(self) -> str:
        """The home page."""
        return f"{self.host}/"

    def run(self, run_id: str) -> str:
        """A run with its graph and logs."""
        return self._page("runs/details", run_id)

    def experiment(self, experiment_id: str) -> str:
        """An experiment with its runs."""
        return self._page("experiments/details", experiment_id)

    def recurring_run(self, job_id: str) -> str:
        """A recurring run with its trigger."""
        return self._page("recurringrun/details", job_id)

    def pipeline(self, pipeline_id: str, version_id: str = "") -> str:
        """A pipeline in the given version, by default in its default version."""
        page = self._page("pipelines/details", pipeline_id)
        return f"{page}/version/{quote(version_id, safe='')}" if version_id else page

    def _page(self, route: str, key: str) -> str:
        return f"{self.host}/#/{route}/{quote(key, safe='')}"


def base_url(host: str) -> str:
    """Returns the base URL of a server from a URL as users write it or copy it from the browser.

    Query and fragment are dropped, and ``/_/pipeline``, where the dashboard shows the
    interface, becomes ``/pipeline``, where the API is.

    Raises:
        ConfigError: It is not a valid URL of a web server.
    """
    parts = urlsplit(host.strip())
    try:
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        known = False
    if not known:
        raise ConfigError(
            f"host: {host!r} is not a valid URL; it must start with http:// or https://, such as "
            "https://kubeflow.example.com/pipeline"
        )
    if parts.username or parts.password:
        raise ConfigError(
            "host: it contains a user name or a password; set them in the environment instead "
            "(DEX_USERNAME and DEX_PASSWORD, or KUBEFLOW_TOKEN)"
        )
    path = _DASHBOARD.sub("/pipeline", parts.path.rstrip("/"))
    path = re.sub(r"/apis/v\d\w*$", "", path)
    return f"{parts.scheme}://{parts.netloc}{path}"


def run_id_of(text: str) -> str:
    """Returns the id of a run, given by the id itself or a link to the run."""
    found = _RUN_IN_LINK.search(text)
    return found[1] if found else text.strip()
