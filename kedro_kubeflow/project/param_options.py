"""Applies ``--param`` options to a project's parameters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Optional

from kedro_kubeflow.errors import ParameterError, suggest
from kedro_kubeflow.project.parameter_values import MISSING, from_text


def apply_options(options: Iterable[str], parameters: Mapping[Any, Any]) -> dict[Any, Any]:
    """Reads ``--param`` options.

    Args:
        options: each ``key=value`` or ``key:value``; dots in the key for nested keys.
        parameters: the project's parameters.

    Returns:
        The top-level parameters that the options change, each whole, with the new values in place.

    Raises:
        ParameterError: no key, an unknown key, or a value that is not of the default's type.
    """
    result: dict[Any, Any] = {}
    for option in options:
        name, text = _split(option)
        path = _path(name, {**parameters, **result})
        top = path[0]
        if top not in result:
            result[top] = copied(parameters[top])
        where: Any = result
        for key in path[:-1]:
            where = where[key]
        try:
            where[path[-1]] = from_text(text, where[path[-1]])
        except ParameterError as err:
            raise ParameterError(f"--param {option}: {err}") from err
    return result


def runtime_params(options: Iterable[str]) -> dict[str, Any]:
    """Returns what Kedro's ``--params`` would make of the options: nested mappings, values read as JSON or else text.

    Args:
        options: each ``key=value`` or ``key:value``; dots in the key for nested keys.

    Raises:
        ParameterError: an option without a key.
    """
    result: dict[str, Any] = {}
    for option in options:
        name, text = _split(option)
        *path, last = name.split(".")
        where = result
        for key in path:
            below = where.get(key)
            where[key] = where = below if isinstance(below, dict) else {}
        where[last] = from_text(text, MISSING)
    return result


def look_up(name: str, parameters: Mapping[Any, Any]) -> Any:
    """Returns the value of a parameter, with dots for nested keys, or ``MISSING``."""
    path = find_path(name, parameters)
    if not path:
        return MISSING
    where: Any = parameters
    for key in path:
        where = where[key]
    return where


def parameter_names(parameters: Mapping[Any, Any]) -> list[str]:
    """Returns the names by which parameters can be changed, nested ones with dots, sorted."""
    return sorted(_paths(parameters))


def find_path(name: str, parameters: Mapping[Any, Any]) -> Optional[list[Any]]:
    """Returns the keys that lead to a parameter, the longest matching key first at each level; None without one."""
    return _search(name.split("."), parameters)


def _split(option: str) -> tuple[str, str]:
    found = re.match(r"([^=:]+)[=:](.*)", option, re.DOTALL)
    if found is None:
        raise ParameterError(
            f"--param {option}: write it as key=value, for instance --param alpha=0.3"
        )
    return found[1].strip(), found[2]


def _path(name: str, parameters: Mapping[Any, Any]) -> list[Any]:
    """Finds the keys that lead to a parameter, or says which one was probably meant."""
    found = find_path(name, parameters)
    if found is None:
        hint = suggest(name, parameter_names(parameters))
        raise ParameterError(f"--param {name}: the project has no such parameter; {hint}")
    return found


def _search(parts: Sequence[str], where: Any) -> Optional[list[Any]]:
    if not parts:
        return []
    if not isinstance(where, Mapping):
        return None
    keys = {str(key): key for key in where}
    for length in range(len(parts), 0, -1):
        key = keys.get(".".join(parts[:length]), MISSING)
        if key is not MISSING:
            rest = _search(parts[length:], where[key])
            if rest is not None:
                return [key, *rest]
    return None


def _paths(where: Mapping[Any, Any], prefix: str = "") -> Iterable[str]:
    for key, value in where.items():
        yield f"{prefix}{key}"
        if isinstance(value, Mapping):
            yield from _paths(value, f"{prefix}{key}.")


def copied(value: Any) -> Any:
    """Copies mappings and lists, so that what they hold can be replaced; the rest stays what it is."""
    if isinstance(value, Mapping):
        return {key: copied(item) for key, item in value.items()}
    return list(value) if isinstance(value, list) else value
