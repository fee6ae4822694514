"""Writes a page of Markdown with a row and an anchor for each key of ``kubeflow.yaml``, from its models.

``setup`` makes it the directive ``config-reference``. What the models say is all there is: a new field, model or
setting by step shows up by itself.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin

import yaml
from pydantic.v1 import BaseModel, ConstrainedInt
from pydantic.v1.fields import ModelField

from kedro_kubeflow.config import run_config
from kedro_kubeflow.config.pod_options import entries, settings
from kedro_kubeflow.config.pod_options.settings import SETTINGS
from kedro_kubeflow.config.run_config import PluginConfig

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_WORDS: Mapping[Any, str] = {
    str: "string",
    bool: "true or false",
    int: "integer",
    dt.date: "date",
    dict: "mapping",
    Any: "anything",
}
_KindOf = Callable[[ModelField], Any]
_HEADER = "| Key | Type | Default | Meaning |\n|---|---|---|---|"


def reference(model: type[BaseModel] = PluginConfig) -> str:
    """Writes the reference.

    Args:
        model: of the whole file.

    Returns:
        Markdown of MyST's kind: one table for each model, each key with an anchor, see :func:`anchor`; keys that
        are settings by step have a table of their own.
    """
    return "\n\n".join(_tables(model, "")) + "\n"


def entry_model(kind: Any) -> Union[type[BaseModel], None]:
    """Returns the model if a type is one, or is a list of one."""
    parts = [kind, *get_args(kind)]
    return next((part for part in parts if isinstance(part, type) and _is_model(part)), None)


def _is_model(kind: type) -> bool:
    return get_origin(kind) is None and issubclass(kind, BaseModel)


def _tables(model: type[BaseModel], path: str) -> Iterator[str]:
    plain = [field for field in model.__fields__.values() if not _by_step(field)]
    by_step = [field for field in model.__fields__.values() if _by_step(field)]
    yield from _section(plain, path, lambda field: field.outer_type_)
    if by_step:
        yield "## Settings by step"
        yield (
            "Each is a mapping of steps to entries, as [described above](#settings-by-step-lookup); the type is that "
            "of one entry."
        )
        yield from _section(by_step, path, lambda field: SETTINGS[field.name].entry)


def _section(rows: list[ModelField], path: str, kind_of: _KindOf) -> Iterator[str]:
    """Writes one table, and below it those of the models that are in it."""
    yield "\n".join([_HEADER, *(_row(field, path, kind_of(field)) for field in rows)])
    for field in rows:
        inner = entry_model(kind_of(field))
        if inner is not None:
            below = f"{path}{field.name}"
            yield f"{'###' if path else '##'} `{below}`"
            yield _intro(inner)
            yield from _tables(inner, f"{below}.")


def _by_step(field: ModelField) -> bool:
    return field.name in SETTINGS


def _row(field: ModelField, path: str, kind: Any) -> str:
    info = field.field_info
    meaning = [info.description or ""]
    words = [f"`{word}`" for word in info.extra.get("allowed", ())]
    if any(word not in meaning[0] for word in words):
        meaning.append(f"One of {', '.join(words)}.")
    name = field.alias if field.alias != field.name else ""
    if name:
        meaning.append(f"Also written `{name}`.")
    inner = entry_model(kind)
    type_cell = type_words(kind)
    if inner is not None:
        first = next(iter(inner.__fields__))
        type_cell = f"[{type_cell}](#{anchor(f'{path}{field.name}.{first}')})"
    key = f"[`{field.name}`]{{#{anchor(path + field.name)}}}"
    cells = [key, type_cell, _default(field), " ".join(meaning)]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def anchor(path: str) -> str:
    """Returns the anchor of a key, in the form of Sphinx's own anchors: ``run-config-volume-size``."""
    return re.sub(r"[._]", "-", path).lower()


def _default(field: ModelField) -> str:
    if field.required:
        return "required"
    value = field.get_default()
    if value is None or value in ([], {}) or isinstance(value, BaseModel):
        return ""
    text = yaml.safe_dump(value, default_flow_style=True, width=10**6, sort_keys=False)
    return f"`{text.removesuffix('...' + chr(10)).strip()}`"


def type_words(kind: Any) -> str:
    """Returns the words for a type in the reference."""
    if kind in _WORDS:
        return _WORDS[kind]
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Union:
        return " or ".join(type_words(part) for part in arguments if part is not type(None))
    if origin is list:
        return f"list of {_plural(arguments[0])}"
    if origin is dict:
        return "mapping" if arguments[1] is Any else f"mapping to {_plural(arguments[1])}"
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return "mapping"
    if isinstance(kind, type) and issubclass(kind, ConstrainedInt):
        bounds = {" above {}": kind.gt, ", {} or more": kind.ge}
        return "integer" + "".join(
            text.format(bound) for text, bound in bounds.items() if bound is not None
        )
    return str(getattr(kind, "__name__", kind))


def _plural(kind: Any) -> str:
    return re.sub(r"^(string|integer|mapping|date)", r"\1s", type_words(kind))


def _intro(model: type[BaseModel]) -> str:
    """Converts a model's docstring to Markdown."""
    text = " ".join((model.__doc__ or "").split())
    text = re.sub(r":\w+:`~?([^`]+)`", r"`\1`", text.replace("``", "`"))
    return re.sub(r"See (https://\S+)", r"See <\1>.", text)


def setup(app: Sphinx) -> dict[str, bool]:
    """Registers the directive with Sphinx."""
    from sphinx.util.docutils import SphinxDirective

    class ConfigReference(SphinxDirective):
        """Inserts the reference into a page."""

        def run(self) -> list[Any]:
            for module in (run_config, settings, entries):
                self.env.note_dependency(str(Path(str(module.__file__))))
            return self.parse_text_to_nodes(reference(), allow_section_headings=True)

    app.add_directive("config-reference", ConfigReference)
    return {"parallel_read_safe": True}
