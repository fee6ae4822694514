r"""Writes values of Kedro parameters as the text of a workflow parameter, and reads them back without loss.

A string travels as it is, everything else as JSON. Some things may not be in a value on its way, because they
would be expanded: ``{{`` (Argo), ``[[`` (the Kubeflow Pipelines server), ``$(`` and ``$$`` (the
kubelet, in arguments). Nor may anything outside ASCII: the server's database may hold latin1 alone, and never more than
three bytes of UTF-8. JSON can write all of them otherwise (``\u007b``, or a space between two brackets), so a string
that holds one travels as a JSON string. The way back depends on the type of the default that the step finds in its own
configuration.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import math
import re
from collections.abc import Mapping
from typing import Any, Optional

import yaml

from kedro_kubeflow.errors import ParameterError

MISSING: Any = object()
"""Stands for the default of a parameter that the configuration does not have."""

_CARRIED = (str, bool, int, float, bytes, dt.date, dt.time)
_JSON_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\[(?=\[)', re.DOTALL)
_EXPANDED = re.compile(r"\{(?=\{)|\[(?=\[)|\$(?=[$(])")
# Control characters but tab and newline, which YAML or a pod's environment cannot hold, and all outside ASCII. Not
# compiled here: the steps import this too, and never search for it.
_UNSAFE = r"[^\t\n\x20-\x7e]"


def safe_json(value: Any) -> str:
    """Writes JSON that arrives in the pod as it is: ASCII without ``{{``, ``[[``, ``$(`` or ``$$``.

    Args:
        value: anything YAML can hold; dates become ISO 8601, bytes Base64, sets sorted lists.
    """
    text = json.dumps(_jsonable(value))
    return _JSON_TOKEN.sub(_safe_token, text)


def to_text(value: Any) -> str:
    """Returns the text of a parameter's value: a string as it is, where it can travel so, else JSON."""
    if not isinstance(value, str):
        return safe_json(value)
    if _EXPANDED.search(value) or re.search(_UNSAFE, value) or _quoted(value) is not None:
        return safe_json(value)
    return value


def untold(value: Any, name: str) -> Optional[str]:
    """Names the first part of a value that cannot be serialised, such as an object that a resolver created.

    Args:
        value: the value of a parameter.
        name: the name of the parameter.

    Returns:
        The name of the part, with dots for nested keys, and its type; None if all of the value can be serialised.
    """
    if isinstance(value, Mapping):
        parts = [(f"{name}.{key}", item) for key, item in value.items()]
    elif isinstance(value, (list, tuple, set, frozenset)):
        parts = [(name, item) for item in value]
    elif value is None or isinstance(value, _CARRIED):
        return None
    else:
        return f"{name} is a {type(value).__name__}"
    return next((found for part, item in parts if (found := untold(item, part))), None)


def with_macros(value: Any) -> str:
    """Returns the text of a value in which the server expands ``[[ScheduledTime]]`` and its like."""
    if (
        isinstance(value, str)
        and "[[" in value
        and to_text(value.replace("[[", "")) == value.replace("[[", "")
    ):
        return value
    return to_text(value).replace("\\u005b[", "[[")


def from_text(text: str, default: Any = MISSING) -> Any:
    """Reads what :func:`to_text` wrote, or what a person typed in its place.

    Args:
        text: the workflow parameter's value.
        default: the parameter's value in the step's own configuration; its type decides.

    Raises:
        ParameterError: the text cannot be a value of the default's type. The message has no name in it.
    """
    if isinstance(default, str):
        quoted = _quoted(text)
        return text if quoted is None else quoted
    if default is MISSING:
        try:
            return json.loads(text)
        except ValueError:
            return text
    return _typed(_parse(text), default, text)


def changed(value: Any, default: Any) -> bool:
    """Returns whether two values differ, in type too, whatever the order of their keys; NaN equals NaN."""
    return bool(_canonical(value) != _canonical(default))


def overrides(texts: Mapping[str, str], defaults: Mapping[Any, Any]) -> dict[Any, Any]:
    """Returns the parameters whose text differs from the configuration.

    Args:
        texts: names of parameters in Kedro, with their texts.
        defaults: the step's own parameters.

    Raises:
        ParameterError: a text is not valid for its parameter; the message names it.
    """
    keys = {str(key): key for key in defaults}
    result = {}
    for name, text in texts.items():
        key = keys.get(name, name)
        default = defaults.get(key, MISSING)
        try:
            value = from_text(text, default)
        except ParameterError as err:
            raise ParameterError(f"parameter {name!r}: {err}") from err
        if default is MISSING or changed(value, default):
            result[key] = value
    return result


def _safe_token(found: re.Match[str]) -> str:
    token = found[0]
    if token == "[":
        return "[ "
    return re.sub(_UNSAFE, _escape, _EXPANDED.sub(_escape, token))


def _escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


def _quoted(text: str) -> Optional[str]:
    """Returns the string that a JSON string represents, or None where the text is not one."""
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        return None
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, str) else None


def _jsonable(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {_key(key): _jsonable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_jsonable(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted(
            (_jsonable(item) for item in value), key=lambda item: (str(type(item)), str(item))
        )
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    return str(value)


def _key(key: Any) -> str:
    return key if isinstance(key, str) else str(_jsonable(key)) if key is not None else "null"


def _canonical(value: Any) -> Any:
    """Returns a comparable value: 1, True and 1.0 differ, and a date and its text; the order of keys does not count."""
    if isinstance(value, Mapping):
        return (
            "mapping",
            frozenset((_canonical(key), _canonical(item)) for key, item in value.items()),
        )
    if isinstance(value, (list, tuple)):
        return ("list", tuple(_canonical(item) for item in value))
    if isinstance(value, (set, frozenset)):
        return ("set", frozenset(_canonical(item) for item in value))
    return (type(value).__name__, repr(value))


def _parse(text: str) -> Any:
    """Reads JSON, or else YAML: ``1e-3`` is a number in the one and a string in the other."""
    try:
        return json.loads(text)
    except ValueError:
        pass
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return text


def _typed(value: Any, default: Any, text: str) -> Any:
    expected = _kind(default)
    value = _restored(value, default)
    if default is None or value is None or _kind(value) == expected:
        if isinstance(default, float) and isinstance(value, int):
            return float(value)
        return value
    raise ParameterError(f"{text!r} is not a {expected}, which the default {default!r} is")


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, Mapping):
        return "mapping"
    if isinstance(value, (list, tuple)):
        return "list"
    return {"str": "string", "NoneType": "null"}.get(type(value).__name__, type(value).__name__)


def _restored(value: Any, default: Any) -> Any:
    """Returns the types back that JSON does not have, where the default shows them."""
    if isinstance(default, Mapping) and isinstance(value, Mapping):
        keys = {_key(key): key for key in default}
        return {
            keys.get(key, key): _restored(item, default.get(keys.get(key, key)))
            for key, item in value.items()
        }
    if isinstance(default, (list, tuple)) and isinstance(value, list):
        models = [*default, *[default[-1] if default else None] * (len(value) - len(default))]
        return type(default)(_restored(item, model) for item, model in zip(value, models))
    if isinstance(default, (set, frozenset)) and isinstance(value, list):
        return type(default)(value)
    if isinstance(value, str):
        return _restored_scalar(value, default)
    if (
        isinstance(value, float)
        and value.is_integer()
        and type(default) is int
        and math.isfinite(value)
    ):
        return int(value)
    return value


def _restored_scalar(value: str, default: Any) -> Any:
    try:
        if isinstance(default, (dt.date, dt.time)):
            text = value[:-1] + "+00:00" if value.endswith("Z") else value
            return type(default).fromisoformat(text)
        if isinstance(default, bytes):
            return base64.b64decode(value, validate=True)
        if isinstance(default, float) and value.lower().lstrip("+-.") in ("inf", "nan"):
            return float(value.lower().replace(".", ""))
    except ValueError:
        return value
    return value
