"""Reads forms, links, title and visible text from the HTML of a page."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Optional

_SHOWN_LENGTH = 200


@dataclass
class Form:
    """A form: its target, and the values and kinds of its fields."""

    action: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)

    def field_name(self, *kinds: str) -> Optional[str]:
        """Returns the name of the first field of one of the kinds."""
        return next((name for name, kind in self.kinds.items() if kind in kinds), None)


class ReadPage(HTMLParser):
    """The contents of a page, as far as a login needs them."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.title = ""
        self._words: list[str] = []
        self._inside: list[str] = []
        self.feed(text)
        self.close()

    @property
    def shown(self) -> str:
        """The beginning of the visible text, on one line."""
        return " ".join(" ".join(self._words).split())[:_SHOWN_LENGTH]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, Optional[str]]]) -> None:
        """Collects forms, fields and links."""
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(values.get("action", "")))
        elif tag == "a" and values.get("href"):
            self.links.append(values["href"])
        elif tag in ("input", "button") and self.forms and values.get("name"):
            form = self.forms[-1]
            form.fields[values["name"]] = values.get("value", "")
            form.kinds[values["name"]] = values.get("type", "text").lower()
        if tag in ("title", "script", "style"):
            self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Ends the parts whose text is not visible."""
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        """Collects the visible text and the title."""
        if not self._inside:
            self._words.append(data)
        elif self._inside[-1] == "title":
            self.title += data.strip()
