"""Fills the placeholders of a configuration file.

``TemplatedConfigLoader`` knows ``${name|default}``, which ``OmegaConfigLoader`` cannot even parse, and that one takes
``oc.env`` away. ``kubeflow.yaml`` outlives a project's change from the one to the other, so both forms work in it
whatever the project's loader is, without a change to its ``settings.py``.
"""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from kedro_kubeflow.errors import ConfigError, place
from kedro_kubeflow.project.omegaconf_private import registered_resolver, restore_resolver

ENVIRONMENT_PREFIX = "KEDRO_CONFIG_"
DISABLE_VARIABLE = "KEDRO_KUBEFLOW_DISABLE_CONFIG_HOOK"

log = logging.getLogger(__name__)
_PLACEHOLDER = re.compile(r"\$\{\s*([A-Za-z_][A-Za-z0-9_.]*)\s*(?:\|([^{}]*))?\}")


@dataclass(frozen=True)
class Substitutions:
    """The values for placeholders.

    Attributes:
        environ: the environment; ``KEDRO_CONFIG_NAME`` is ``${name}``, all of it is ``${oc.env:NAME}``.
        names: further values of ``${name}``: the project's templating globals, ``pipeline_name``.
        globals, runtime_params: values for the resolvers of these names.
    """

    environ: Mapping[str, str]
    names: Mapping[str, Any]
    globals: Mapping[str, Any]
    runtime_params: Mapping[str, Any]


def fill_placeholders(
    values: dict[str, Any], substitutions: Substitutions, origin: str
) -> dict[str, Any]:
    """Fills all placeholders of a file.

    Args:
        values: what the file says.
        substitutions: the values for them.
        origin: the file, for messages.

    Raises:
        ConfigError: a placeholder without a value.
    """
    if str(substitutions.environ.get(DISABLE_VARIABLE, "")).lower() in ("true", "1"):
        log.warning(
            "%s is set: placeholders such as ${name} in %s are not substituted",
            DISABLE_VARIABLE,
            origin,
        )
        return values
    named = _with_names(values, values, substitutions, origin, ())
    return _with_resolvers(named, substitutions, origin) if "${" in repr(named) else named


def _with_names(
    value: Any,
    root: Mapping[str, Any],
    substitutions: Substitutions,
    origin: str,
    path: tuple[Any, ...],
) -> Any:
    """Fills ``${name}`` and ``${name|default}``, and leaves OmegaConf's own forms alone."""
    if isinstance(value, Mapping):
        return {
            key: _with_names(item, root, substitutions, origin, (*path, str(key)))
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [
            _with_names(item, root, substitutions, origin, (*path, index))
            for index, item in enumerate(value)
        ]
    if not isinstance(value, str):
        return value

    def put_in(found: re.Match[str]) -> str:
        name, default = found[1], found[2]
        given = substitutions.environ.get(
            f"{ENVIRONMENT_PREFIX}{name.upper()}", substitutions.names.get(name)
        )
        if given is not None:
            return str(given)
        if default is not None:
            return default
        if _leads_somewhere(name, root):
            return found[0]
        raise ConfigError.at(
            f"{origin}: {place(path)}",
            f"${{{name}}} has no value. Set the environment variable {ENVIRONMENT_PREFIX}{name.upper()}, or give a "
            f"default: ${{{name}|default}}",
        )

    return _PLACEHOLDER.sub(put_in, value)


def _leads_somewhere(name: str, root: Any) -> bool:
    for key in name.split("."):
        if not isinstance(root, Mapping) or key not in root:
            return False
        root = root[key]
    return True


def _with_resolvers(
    values: dict[str, Any], substitutions: Substitutions, origin: str
) -> dict[str, Any]:
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    resolvers = {
        "oc.env": partial(_environment_variable, substitutions.environ),
        "globals": partial(_nested, substitutions.globals),
        "runtime_params": partial(_nested, substitutions.runtime_params),
    }
    # Resolvers are OmegaConf's global state, and Kedro's loader has set some of the same names for its own files.
    before = {name: registered_resolver(name) for name in resolvers}
    register = getattr(OmegaConf, "register_new_resolver", None) or OmegaConf.register_resolver
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # 2.4 renamed the one and 2.3 deprecated the other
        for name, function in resolvers.items():
            register(name, function, replace=True)
    try:
        resolved = OmegaConf.to_container(OmegaConf.create(values), resolve=True)
    except OmegaConfBaseException as err:
        raise _error(err, origin) from err
    finally:
        for name, resolver in before.items():
            restore_resolver(name, resolver)
    assert isinstance(resolved, dict)
    return {str(key): item for key, item in resolved.items()}


def _error(err: Any, origin: str) -> ConfigError:
    """Returns the key and what our own resolvers say; OmegaConf wraps both in messages of its own."""
    cause = err
    while cause is not None and not isinstance(cause, KeyError):
        cause = cause.__cause__ or cause.__context__
    reason = cause.args[0] if cause is not None else str(err).splitlines()[0]
    key = getattr(err, "full_key", None)
    return ConfigError.at(f"{origin}: {key}" if key else origin, str(reason))


def _nested(where: Mapping[str, Any], name: str, *default: Any) -> Any:
    found: Any = where
    for key in name.split("."):
        if not isinstance(found, Mapping) or key not in found:
            if default:
                return default[0]
            raise KeyError(f"there is no {name!r}, and it has no default")
        found = found[key]
    return found


def _environment_variable(environ: Mapping[str, str], name: str, *default: Any) -> Any:
    if name in environ:
        return environ[name]
    if default:
        return default[0]
    raise KeyError(f"the environment variable {name!r} is not set, and it has no default")
