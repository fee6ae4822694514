"""Refuses text that the server's database cannot store.

MySQL 5.7, which Kubeflow Pipelines 1.8.5 brings, makes tables of latin1; later ones make them of utf8mb4. All servers
connect with the character set utf8, whose characters have three bytes at most.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from kfp_server.errors import internal


@dataclass
class Database:
    """``charset`` is what remains of the character sets of the tables and the connection: latin1 or utf8."""

    charset: str = "utf8"

    def store(self, column: str, *values: Any) -> None:
        """Raises what MySQL says of the first text, at any depth of the values, that a column cannot hold."""
        for text in texts_of(values):
            for character in text:
                if not self._holds(character):
                    written = "".join(f"\\x{byte:02X}" for byte in character.encode())
                    raise internal(
                        f"Failed to store {column}: Error 1366: Incorrect string value: '{written}' "
                        f"for column '{column}' at row 1"
                    )

    def _holds(self, character: str) -> bool:
        return ord(character) < (0x100 if self.charset == "latin1" else 0x10000)


def texts_of(value: Any) -> Iterable[str]:
    """Yields the keys and texts of a value at any depth."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from (key, *texts_of(inner))
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from texts_of(inner)
