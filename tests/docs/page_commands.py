"""A page of the documentation in, the commands that it shows and what it says they print out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

DOCS = Path(__file__).parents[2] / "docs"

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# Where a program asks, and what the page answers.
_ANSWER = re.compile(r"^ \[.*\]:(.*)$")


@dataclass(frozen=True)
class Shown:
    """One command of a page.

    Attributes:
        command: what follows the ``$``.
        output: the lines that follow, as the page has them.
    """

    command: str
    output: tuple[str, ...]

    @property
    def typed(self) -> str:
        """What the page types when the command asks."""
        answers = [found[1].strip() for line in self.output if (found := _ANSWER.match(line))]
        return "".join(f"{answer}\n" for answer in answers)

    def missing_in(self, printed: str) -> Optional[str]:
        """Gives the first line of the page that was not printed, in the page's order, or None.

        ``…`` in a line stands for anything in it; alone, for any lines, which may always come between.
        """
        lines = iter(printed.splitlines())
        for line in self.output:
            if line.strip() in ("", "…"):
                continue
            # What is typed is not printed where the input is no terminal.
            asks = _ANSWER.match(line)
            wanted = line[: asks.start(1)] if asks else line
            pattern = ".*".join(re.escape(part) for part in wanted.rstrip().split("…"))
            if asks:
                # Older releases of what Kedro asks with put the default into round brackets.
                pattern = re.sub(r"\\\[(.*)\\\]", r"[\[(]\1[\])]", pattern)
            if not any(re.search(f"^{pattern}\\s*$", found) for found in lines):
                return line
        return None


def fences(page: str, language: str) -> tuple[str, ...]:
    """Gives the texts of a page's fenced blocks of one language."""
    text = (DOCS / page).read_text(encoding="utf-8")
    return tuple(found[2] for found in _FENCE.finditer(text) if found[1] == language)


def shown_commands(page: str) -> tuple[Shown, ...]:
    """Gives the commands of a page's ``console`` blocks in order."""
    result: list[Shown] = []
    for block in fences(page, "console"):
        for line in block.splitlines():
            if line.startswith("$ "):
                result.append(Shown(line[2:], ()))
            else:
                result[-1] = Shown(result[-1].command, (*result[-1].output, line))
    return tuple(result)
