"""Gives access to ``kubeflow.yaml`` in a pod, where the models that check it cannot be imported.

It was checked when the workflow was compiled. An image has the base dependencies, and pydantic is not one of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kedro_kubeflow.config.config_files import ConfigFiles
from kedro_kubeflow.config.schema import read_schema
from kedro_kubeflow.errors import ConfigError, suggest


class PlainConfig:
    """A mapping of ``kubeflow.yaml`` with an attribute for each key, such as ``config.run_config.image``.

    A key that the file does not have has its default. Values are as YAML gives them.

    Raises:
        AttributeError: there is no such key in ``kubeflow.yaml``.
    """

    def __init__(self, values: Mapping[str, Any], schema: Mapping[str, Any]) -> None:
        self._values = values
        self._schema = schema

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        keys = self._schema["properties"]
        if name not in keys:
            raise AttributeError(f"kubeflow.yaml has no key {name!r} here; {suggest(name, keys)}")
        value = self._values.get(name, keys[name].get("default"))
        shape = _object_of(keys[name])
        return PlainConfig(value, shape) if shape and isinstance(value, Mapping) else value

    def __repr__(self) -> str:
        return f"PlainConfig({dict(self._values)!r})"


def plain_config(files: ConfigFiles) -> PlainConfig:
    """Returns what the files say, unchecked."""
    return PlainConfig(files.values, read_schema())


def value_at(files: ConfigFiles, keys: tuple[str, ...], kind: type[Any]) -> Any:
    """Returns the value at a place, or an empty one where there is none.

    Args:
        files: the resolved content of ``kubeflow.yaml``.
        keys: lead to the value.
        kind: ``dict`` or ``list``.

    Raises:
        ConfigError: it is of another type.
    """
    value: Any = files.values
    for depth, key in enumerate(keys, 1):
        expected = kind if depth == len(keys) else dict
        value = value.get(key)
        if value is None:
            return kind()
        if not isinstance(value, expected):
            what = "a list" if expected is list else "a mapping"
            raise ConfigError.at(
                f"{files.origin(keys[0])}: {'.'.join(keys[:depth])}", f"this must be {what}"
            )
    return value


def _object_of(shape: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns the part of a key's schema that has properties, or an empty one."""
    options = (shape, *shape.get("anyOf", ()))
    return next((option for option in options if "properties" in option), {})
