"""Checks and compares Kubernetes quantities, Argo and ISO 8601 durations, and image names."""

from __future__ import annotations

import re
from decimal import ROUND_CEILING, Decimal

_QUANTITY = re.compile(r"^([+-]?(?:\d+\.?\d*|\.\d+))((?:[KMGTPE]i)|[numkMGTPE]|[eE][+-]?\d+)?$")
_DURATION = re.compile(r"^(\d+|(\d+(\.\d+)?(ns|us|ms|s|m|h))+)$")
_ISO_DURATION = re.compile(
    r"^P(?=.)(\d+(\.\d+)?Y)?(\d+(\.\d+)?M)?(\d+(\.\d+)?W)?(\d+(\.\d+)?D)?"
    r"(T(?=\d)(\d+(\.\d+)?H)?(\d+(\.\d+)?M)?(\d+(\.\d+)?S)?)?$"
)
_PATH_PART = r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*"
_IMAGE = re.compile(
    r"^(?:(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])(?::\d+)?/)?(?-i:"
    rf"{_PATH_PART}(?:/{_PATH_PART})*)"
    r"(?::[a-z0-9_][a-z0-9_.-]{0,127})?(?:@[a-z0-9]+(?:[+._-][a-z0-9]+)*:[0-9a-f]{32,})?$",
    re.IGNORECASE,
)
_SUFFIXES = {
    **{name: Decimal(10) ** power for name, power in zip("num", (-9, -6, -3))},
    **{name: Decimal(1000) ** power for power, name in enumerate("kMGTPE", 1)},
    **{f"{name}i": Decimal(1024) ** power for power, name in enumerate("KMGTPE", 1)},
}

_BYTES = ("memory", "ephemeral-storage")
_BINARY = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")


def check_quantity(value: object) -> str:
    """Checks a Kubernetes quantity: ``8``, ``0.5``, ``500m``, ``2Gi``.

    Raises:
        ValueError: it is not a valid quantity, or negative.
    """
    text = str(value).strip()
    if isinstance(value, bool) or not _QUANTITY.match(text) or text.startswith("-"):
        raise ValueError(
            f"{value!r} is not a valid Kubernetes quantity; write it like 2, 500m, 1.5Gi or 200M"
        )
    return text


def quantity_value(text: str) -> Decimal:
    """Returns the number that a quantity stands for, in cores, bytes or units."""
    found = _QUANTITY.match(text)
    if found is None:
        raise ValueError(f"{text!r} is not a valid Kubernetes quantity")
    number, suffix = Decimal(found[1]), found[2] or ""
    if suffix[:1] in ("e", "E") and len(suffix) > 1 and suffix != "Ei":
        return number * Decimal(10) ** int(suffix[1:])
    return number * _SUFFIXES.get(suffix, Decimal(1))


def format_amount(value: Decimal, resource: str) -> str:
    """Formats an amount of a resource as a Kubernetes quantity: bytes in Ki, Mi, Gi…, rounded up to two decimals."""
    if resource not in _BYTES and not resource.startswith("hugepages-"):
        return _plain(value)
    power = 0
    while value >= 1024 and power < len(_BINARY) - 1:
        value, power = value / 1024, power + 1
    return _plain(value) + _BINARY[power]


def _plain(value: Decimal) -> str:
    rounded = value.quantize(Decimal("0.01"), ROUND_CEILING)
    return f"{rounded:f}".rstrip("0").rstrip(".") or "0"


def check_duration(value: object) -> str:
    """Checks an Argo duration: seconds, or ``90s``, ``5m``, ``1h30m``.

    Raises:
        ValueError: it is not a valid duration.
    """
    text = str(value).strip()
    if isinstance(value, bool) or not _DURATION.match(text):
        raise ValueError(f"{value!r} is not a valid duration; write it like 60, 90s, 5m or 1h30m")
    return text


def check_iso_duration(value: object) -> str:
    """Checks an ISO 8601 duration: ``P0D``, ``PT12H``, ``P30D``.

    Raises:
        ValueError: it is not a valid duration.
    """
    text = str(value).strip()
    if not _ISO_DURATION.match(text):
        raise ValueError(
            f"{value!r} is not a valid ISO 8601 duration; write it like P0D, PT12H or P30D"
        )
    return text


def has_placeholder(text: str) -> bool:
    """Returns whether a string is filled in later: ``${name}`` if substitution is turned off, or Argo's ``{{…}}``."""
    return "${" in text or "{{" in text


def check_image_name(value: object) -> str:
    """Checks the name of a container image: ``host:port/path/name:tag@digest``.

    See https://github.com/distribution/reference/blob/main/reference.go

    A name with a placeholder is accepted as it is, see :func:`has_placeholder`.

    Raises:
        ValueError: it is not a valid image name, so it cannot be pulled.
    """
    text = str(value).strip()
    if not text:
        raise ValueError("this must be the name of an image, but it is empty")
    if isinstance(value, str) and has_placeholder(text):
        return text
    if not isinstance(value, str) or not _IMAGE.match(text):
        raise ValueError(
            f"{value!r} is not a valid image name; write it like registry.example.com/team/project:1, "
            "in lowercase"
        )
    return text
