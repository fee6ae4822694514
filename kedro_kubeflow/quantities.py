"""Texts of Kubernetes' and Argo's little languages in, checked or comparable values out."""

from __future__ import annotations

import re
from decimal import ROUND_CEILING, Decimal

_QUANTITY = re.compile(r"^([+-]?(?:\d+\.?\d*|\.\d+))((?:[KMGTPE]i)|[numkMGTPE]|[eE][+-]?\d+)?$")
_DURATION = re.compile(r"^(\d+|(\d+(\.\d+)?(ns|us|ms|s|m|h))+)$")
_ISO_DURATION = re.compile(
    r"^P(?=.)(\d+(\.\d+)?Y)?(\d+(\.\d+)?M)?(\d+(\.\d+)?W)?(\d+(\.\d+)?D)?"
    r"(T(?=\d)(\d+(\.\d+)?H)?(\d+(\.\d+)?M)?(\d+(\.\d+)?S)?)?$"
)
_SUFFIXES = {
    **{name: Decimal(10) ** power for name, power in zip("num", (-9, -6, -3))},
    **{name: Decimal(1000) ** power for power, name in enumerate("kMGTPE", 1)},
    **{f"{name}i": Decimal(1024) ** power for power, name in enumerate("KMGTPE", 1)},
}

_BYTES = ("memory", "ephemeral-storage")
_BINARY = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")


def check_quantity(value: object) -> str:
    """Checks an amount of a resource as Kubernetes writes it: ``8``, ``0.5``, ``500m``, ``2Gi``.

    Raises:
        ValueError: it is none.
    """
    text = str(value).strip()
    if isinstance(value, bool) or not _QUANTITY.match(text) or text.startswith("-"):
        raise ValueError(
            f"{value!r} is no Kubernetes quantity; write it like 2, 500m, 1.5Gi or 200M"
        )
    return text


def quantity_value(text: str) -> Decimal:
    """Gives the number that a quantity stands for, in cores, bytes or pieces."""
    found = _QUANTITY.match(text)
    if found is None:
        raise ValueError(f"{text!r} is no Kubernetes quantity")
    number, suffix = Decimal(found[1]), found[2] or ""
    if suffix[:1] in ("e", "E") and len(suffix) > 1 and suffix != "Ei":
        return number * Decimal(10) ** int(suffix[1:])
    return number * _SUFFIXES.get(suffix, Decimal(1))


def format_amount(value: Decimal, resource: str) -> str:
    """Writes an amount of a resource as Kubernetes does, bytes in Ki, Mi, Gi…, rounded up to two digits."""
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
    """Checks a duration as Argo writes it: seconds, or ``90s``, ``5m``, ``1h30m``.

    Raises:
        ValueError: it is none.
    """
    text = str(value).strip()
    if isinstance(value, bool) or not _DURATION.match(text):
        raise ValueError(f"{value!r} is no duration; write it like 60, 90s, 5m or 1h30m")
    return text


def check_iso_duration(value: object) -> str:
    """Checks a duration as ISO 8601 writes it: ``P0D``, ``PT12H``, ``P30D``.

    Raises:
        ValueError: it is none.
    """
    text = str(value).strip()
    if not _ISO_DURATION.match(text):
        raise ValueError(f"{value!r} is no ISO 8601 duration; write it like P0D, PT12H or P30D")
    return text
