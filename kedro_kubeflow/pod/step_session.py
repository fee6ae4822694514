"""Opens a Kedro session with exactly the given parameters, on every version of Kedro."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, Optional

from kedro_kubeflow.project import KedroProject

_INTERPOLATION = re.compile(r"(\\*)\$\{")


def new_session(
    project: KedroProject, parameters: Optional[Mapping[Any, Any]] = None
) -> AbstractContextManager[Any]:
    """Creates a Kedro session.

    Args:
        project: the opened project.
        parameters: those that differ from the configuration.
    """
    from kedro.framework.session import KedroSession

    accepted = inspect.signature(KedroSession.create).parameters
    options: dict[str, Any] = {"project_path": project.path, "env": project.env}
    if "package_name" in accepted:
        options["package_name"] = project.package_name
    if parameters:
        given = {key: _escaped(value, project.config_loader) for key, value in parameters.items()}
        options["runtime_params" if "runtime_params" in accepted else "extra_params"] = given
    session: Any = KedroSession.create(**options)
    return session  # type: ignore[no-any-return]


def _escaped(value: Any, loader: Any) -> Any:
    """Converts a value to what OmegaConf accepts and keeps: a string for a date, and no interpolations.

    The hook puts the very value in afterwards.
    """
    if not any(cls.__name__ == "OmegaConfigLoader" for cls in type(loader).__mro__):
        return value
    if isinstance(value, Mapping):
        return {key: _escaped(item, loader) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_escaped(item, loader) for item in value]
    if value is None or isinstance(value, (bool, int, float, bytes)):
        return value
    return _INTERPOLATION.sub(lambda found: found[1] * 2 + "\\${", str(value))
