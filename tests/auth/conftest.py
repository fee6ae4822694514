"""Makes the test server importable, and creates clients with short pauses."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Optional

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from kedro_kubeflow.client import KubeflowClient, RequestPolicy
from kfp_server import LoopbackServer

QUICK: dict[str, Any] = {
    "first_pause": 0.01,
    "longest_pause": 0.02,
    "first_poll": 0.01,
    "slowest_poll": 0.02,
    "answer_seconds": 5.0,
    "connect_seconds": 2.0,
}

Connect = Callable[..., KubeflowClient]


@pytest.fixture
def connect() -> Connect:
    """Creates clients of a server, or of a URL, with short pauses between attempts."""

    def connected(
        server: LoopbackServer | str,
        environment: Optional[Mapping[str, str]] = None,
        namespace: Optional[str] = None,
        **policy: Any,
    ) -> KubeflowClient:
        host = server if isinstance(server, str) else server.url
        return KubeflowClient(
            host,
            environment or {},
            namespace=namespace,
            policy=RequestPolicy(**{**QUICK, **policy}),
        )

    return connected
