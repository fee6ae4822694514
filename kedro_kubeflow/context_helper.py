"""Provides ``EnvTemplatedConfigLoader`` for projects whose ``settings.py`` imports it; new ones do not need it.

``kubeflow.yaml`` supports ``${oc.env:NAME}`` and ``${name|default}`` with any config loader. This one supports them in
all files of a project's configuration.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Mapping
from typing import Any

import kedro.config
from omegaconf.resolvers import oc

from kedro_kubeflow.project import ENVIRONMENT_PREFIX

__all__ = ["EnvTemplatedConfigLoader"]

_PLACEHOLDER = re.compile(r"\$\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*(?:\|([^{}]*))?\}")
# Kedro has it from 0.18.5 on; earlier releases have TemplatedConfigLoader.
_Base: Any = getattr(kedro.config, "OmegaConfigLoader", None)


if _Base is not None:

    class EnvTemplatedConfigLoader(_Base):  # type: ignore[misc]
        """``OmegaConfigLoader`` that also resolves ``${name}`` from ``KEDRO_CONFIG_NAME``, and ``${name|default}``.

        It accepts the arguments of ``OmegaConfigLoader``, and ``${oc.env:NAME,default}`` in all files.
        """

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            resolvers = {"oc.env": oc.env, **(kwargs.pop("custom_resolvers", None) or {})}
            super().__init__(*args, custom_resolvers=resolvers, **kwargs)
            self._fs: Any = _SubstitutingFiles(self._fs)

else:

    class EnvTemplatedConfigLoader(kedro.config.TemplatedConfigLoader):  # type: ignore[no-redef,misc,name-defined]
        """``TemplatedConfigLoader`` that also resolves ``${name}`` from ``KEDRO_CONFIG_NAME``."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            given = {**_environment(os.environ), **(kwargs.pop("globals_dict", None) or {})}
            super().__init__(*args, globals_dict=given, **kwargs)


class _SubstitutingFiles:
    """A file system that fills placeholders before OmegaConf, which cannot parse them, reads the files.

    Args:
        files: a file system of fsspec.
    """

    def __init__(self, files: Any) -> None:
        self._files = files

    def __getattr__(self, name: str) -> Any:
        return getattr(self._files, name)

    def open(self, path: str, *args: Any, **kwargs: Any) -> Any:
        with self._files.open(path, *args, **kwargs) as file:
            content = file.read()
        text = content.decode("utf-8") if isinstance(content, bytes) else content
        filled = _filled(text, _environment(os.environ))
        return (
            io.BytesIO(filled.encode("utf-8"))
            if isinstance(content, bytes)
            else io.StringIO(filled)
        )


def _filled(text: str, values: Mapping[str, str]) -> str:
    """Fills placeholders from the environment or a default; the others are left to OmegaConf."""

    def value(found: re.Match[str]) -> str:
        return values.get(found[1].lower(), found[2] if found[2] is not None else found[0])

    return _PLACEHOLDER.sub(value, text)


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    return {
        name[len(ENVIRONMENT_PREFIX) :].lower(): value
        for name, value in environ.items()
        if name.startswith(ENVIRONMENT_PREFIX)
    }
