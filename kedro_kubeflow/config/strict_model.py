"""Defines what all models of ``kubeflow.yaml`` share: strict keys and types, and errors that name the place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Optional

from pydantic.v1 import BaseModel, Extra, ValidationError, root_validator, validator
from pydantic.v1.fields import MAPPING_LIKE_SHAPES, SHAPE_SINGLETON, ModelField

from kedro_kubeflow.errors import ConfigError, nearest, place, suggest

_OBJECT_NAME = re.compile(r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")
_LABEL = re.compile(r"^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$")


class LocatedError(ValueError):
    """A wrong value somewhere below the field that is being validated.

    Args:
        path: the keys and indices that lead there from the field.
        message: what is wrong with it.
    """

    def __init__(self, path: Iterable[Any], message: str) -> None:
        self.path = tuple(path)  # pydantic hands the attributes of an error on as its context
        super().__init__(message)


class StrictModel(BaseModel):
    """A mapping in ``kubeflow.yaml`` whose keys are all known."""

    class Config:
        extra = Extra.forbid
        frozen = True

    @root_validator(pre=True)
    def _only_known_keys(cls, values: dict[str, Any]) -> dict[str, Any]:  # noqa: N805 - pydantic's way
        aliases = {field.alias for field in cls.__fields__.values()}
        for key in values:
            if key not in cls.__fields__ and key not in aliases:
                raise LocatedError([key], f"there is no such key; {suggest(key, cls.__fields__)}")
        return values

    @validator("*", pre=True)
    def _of_the_very_type(cls, value: Any, field: ModelField) -> Any:  # noqa: N805
        """Keeps pydantic from turning 1.5 and true into 1, and numbers into strings.

        Fields that read more than one type say ``lenient=True``.
        """
        if field.shape in MAPPING_LIKE_SHAPES and value is not None:
            if not isinstance(value, Mapping):
                raise ValueError("this must be a mapping")  # pydantic makes one of pairs, too
            return value
        kind = field.type_ if field.shape == SHAPE_SINGLETON else None
        if value is None or not isinstance(kind, type) or field.field_info.extra.get("lenient"):
            return value
        digits = isinstance(value, str) and value.strip().isdecimal()
        if issubclass(kind, int) and kind is not bool and type(value) is not int and not digits:
            raise ValueError("this must be an integer")
        if kind is str and not isinstance(value, str):
            quotes = "" if isinstance(value, (Mapping, list)) else "; put it in quotes"
            raise ValueError(f"this must be a string, not {value!r}{quotes}")
        return value

    @validator("*")
    def _one_of_the_words(cls, value: Any, field: ModelField) -> Any:  # noqa: N805
        """Checks fields and list items against the words in ``allowed=``."""
        words = field.field_info.extra.get("allowed")
        if words is None or value is None:
            return value
        for index, item in enumerate(value if isinstance(value, list) else ()):
            if item not in words:
                raise LocatedError([index], _not_one_of(item, words))
        return value if isinstance(value, list) else one_of(value, words)


def one_of(value: Any, allowed: tuple[str, ...]) -> str:
    """Checks a word.

    Raises:
        ValueError: it is not one of those allowed; the message names the nearest.
    """
    if value in allowed:
        return str(value)
    raise ValueError(_not_one_of(value, allowed))


def _not_one_of(value: object, allowed: tuple[str, ...]) -> str:
    near = nearest(value, allowed, cutoff=0.5)
    hint = f" — did you mean {near!r}?" if near else ""
    return f"{value!r} is not one of {', '.join(allowed)}{hint}"


def kubernetes_name(value: Optional[str]) -> Optional[str]:
    """Checks the name of an object in Kubernetes.

    Raises:
        ValueError: Kubernetes would refuse it.
    """
    if value is not None and not (_OBJECT_NAME.match(value) and len(value) <= 253):
        raise ValueError(
            f"{value!r} is not a valid Kubernetes name: lowercase letters, digits, '-' and '.', a letter or digit at "
            "both ends"
        )
    return value


def label_map(value: Any) -> dict[str, str]:
    """Checks labels.

    Raises:
        LocatedError: Kubernetes would refuse a name or value.
    """
    result = annotation_map(value)
    for key, text in result.items():
        if text and not (_LABEL.match(text) and len(text) <= 63):
            raise LocatedError(
                [key],
                f"{text!r} is not a valid label: at most 63 letters, digits, '-', '_' and '.'",
            )
    return result


def annotation_map(value: Any) -> dict[str, str]:
    """Checks annotations, whose names follow the rules for labels and whose values are any string.

    Raises:
        LocatedError: Kubernetes would refuse a name.
    """
    result = string_map(value)
    for key in result:
        prefix, _, name = key.rpartition("/")
        if not (_LABEL.match(name) and len(name) <= 63) or (
            prefix and not _OBJECT_NAME.match(prefix)
        ):
            raise LocatedError(
                [key],
                f"{key!r} is not a valid name for a label or annotation; write it like team or example.com/team",
            )
    return result


def string_map(value: Any) -> dict[str, str]:
    """Checks a mapping of strings to strings, such as labels.

    Raises:
        LocatedError: a value is not a scalar.
        ValueError: it is not a mapping.
    """
    if not isinstance(value, Mapping):
        raise ValueError(f"{value!r} is not a mapping of names to strings")
    result = {}
    for key, item in value.items():
        if isinstance(item, (Mapping, list)) or item is None:
            raise LocatedError([key], f"{item!r} is not a string")
        # YAML's true is not a string, and what Kubernetes compares is "true".
        result[str(key)] = str(item).lower() if isinstance(item, bool) else str(item)
    return result


def config_error(err: ValidationError, origin: Callable[[str], str]) -> ConfigError:
    """Turns pydantic's errors into ours, the place written as in the file.

    Args:
        err: what the model of the whole file raised.
        origin: gives the file that a top-level key is in.
    """
    parts = []
    for error in err.errors():
        path = location(error)
        where = f"{origin(str(path[0]) if path else '')}: {place(path)}"
        parts.append((where, message_of(error)))
    return ConfigError("\n".join(": ".join(part) for part in parts), tuple(parts))


def location(error: Mapping[str, Any]) -> tuple[Any, ...]:
    """Returns the keys and indices that lead to what one of pydantic's errors is about."""
    inner = (error.get("ctx") or {}).get("path", ())
    return tuple(part for part in (*error["loc"], *inner) if part != "__root__")


def message_of(error: Mapping[str, Any]) -> str:
    """Returns what one of pydantic's errors says, reworded where it speaks of Python's types."""
    kind, message = error["type"], error["msg"]
    if kind == "value_error.missing":
        return "this key is required"
    expected = {
        "type_error.integer": "an integer",
        "type_error.bool": "true or false",
        "type_error.str": "a string",
        "type_error.list": "a list",
        "type_error.tuple": "a list",
        "type_error.dict": "a mapping",
        "type_error.none.not_allowed": "something: it has no value",
    }.get(kind)
    if expected:
        return f"this must be {expected}"
    return str(message)
