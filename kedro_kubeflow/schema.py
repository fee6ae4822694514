"""What all models of ``kubeflow.yaml`` share: unknown keys are errors that name the nearest key; errors have places."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pydantic.v1 import BaseModel, Extra, ValidationError, root_validator

from kedro_kubeflow.errors import ConfigError


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
        for key in values:
            if key not in cls.__fields__:
                raise LocatedError([key], f"there is no such key; {suggest(key, cls.__fields__)}")
        return values


def suggest(found: object, allowed: Iterable[str]) -> str:
    """Says which word was probably meant, or else which there are."""
    words = sorted(map(str, allowed))
    near = difflib.get_close_matches(str(found), words, n=1)
    return f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(words)}"


def one_of(value: Any, allowed: tuple[str, ...]) -> str:
    """Checks a word.

    Raises:
        ValueError: it is not one of those allowed; the message names the nearest.
    """
    if value in allowed:
        return str(value)
    near = difflib.get_close_matches(str(value), allowed, n=1, cutoff=0.5)
    hint = f" — did you mean {near[0]!r}?" if near else ""
    raise ValueError(f"{value!r} is not one of {', '.join(allowed)}{hint}")


def string_map(value: Any) -> dict[str, str]:
    """Checks a mapping of texts to texts, such as labels.

    Raises:
        LocatedError: a value is no scalar.
        ValueError: it is no mapping.
    """
    if not isinstance(value, Mapping):
        raise ValueError(f"{value!r} is not a mapping of names to texts")
    result = {}
    for key, item in value.items():
        if isinstance(item, (Mapping, list)) or item is None:
            raise LocatedError([key], f"{item!r} is not a text")
        # YAML's true is no text, and what Kubernetes compares is "true".
        result[str(key)] = str(item).lower() if isinstance(item, bool) else str(item)
    return result


def config_error(err: ValidationError, origin: Callable[[str], str]) -> ConfigError:
    """Turns pydantic's errors into ours, the place written as in the file.

    Args:
        err: what the model of the whole file raised.
        origin: gives the file that a top-level key is in.
    """
    lines = []
    for error in err.errors():
        path = location(error)
        lines.append(f"{origin(str(path[0]) if path else '')}: {place(path)}: {message_of(error)}")
    return ConfigError("\n".join(lines))


def location(error: Mapping[str, Any]) -> tuple[Any, ...]:
    """Gives the keys and indices that lead to what one of pydantic's errors is about."""
    inner = (error.get("ctx") or {}).get("path", ())
    return tuple(part for part in (*error["loc"], *inner) if part != "__root__")


def place(path: Iterable[Any]) -> str:
    """Writes the way to a value: ``run_config.tolerations.train[0].effect``."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(
        "."
    )


def message_of(error: Mapping[str, Any]) -> str:
    """Gives what one of pydantic's errors says, in our words where its own are a programmer's."""
    kind, message = error["type"], error["msg"]
    if kind == "value_error.missing":
        return "this key is required"
    expected = {
        "type_error.integer": "a whole number",
        "type_error.bool": "true or false",
        "type_error.str": "a text",
        "type_error.list": "a list",
        "type_error.tuple": "a list",
        "type_error.dict": "a mapping",
        "type_error.none.not_allowed": "something: it has no value",
    }.get(kind)
    if expected:
        return f"this must be {expected}"
    return str(message)
