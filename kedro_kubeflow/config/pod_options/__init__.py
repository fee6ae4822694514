"""Looks up what a pod gets from the settings by step of ``kubeflow.yaml``.

``__default__`` comes first, then tags in alphabetical order, the node's name as Kedro gives it, and last the step's
name as Kubeflow shows it. Mappings merge key by key, everything else is replaced.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Optional

from kedro_kubeflow.config.pod_options.entries import DATA_VOLUME, SECRET_VOLUME_PREFIX
from kedro_kubeflow.config.pod_options.settings import DEFAULT_KEY, SETTINGS, PodSettings
from kedro_kubeflow.errors import ConfigError, nearest
from kedro_kubeflow.findings import ERROR, WARNING, Finding, ReportFinding, stop_at_errors
from kedro_kubeflow.project import Node

__all__ = [
    "DATA_VOLUME",
    "DEFAULT_KEY",
    "SECRET_VOLUME_PREFIX",
    "PodOptions",
    "PodSettings",
    "apply_pod_options",
    "options_of",
    "warn_about_unused_keys",
]


@dataclass(frozen=True)
class PodOptions:
    """What one pod gets, by the settings' keys; a setting that does not apply is absent."""

    values: Mapping[str, Any]


def options_of(
    settings: PodSettings,
    step: Optional[str],
    nodes: Sequence[Node] = (),
    report: ReportFinding = stop_at_errors,
) -> PodOptions:
    """Looks up what a step's pod gets.

    Args:
        settings: the run's configuration.
        step: the step's legal name; None for what a pod without settings of its own gets.
        nodes: the Kedro nodes it runs; none for steps of our own, which get ``__default__``.
        report: receives entries that are valid alone and contradict each other together; the setting is left out.
    """
    values = {}
    for key, setting in SETTINGS.items():
        entries: Mapping[str, Any] = getattr(settings, key)
        if not entries:
            continue
        try:
            if nodes:
                of_nodes = [_of_node(entries, node) for node in nodes]
                found = [value for value in of_nodes if value is not None]
                joined = of_nodes if setting.limits and found else found
                value = (
                    joined[0] if len(joined) == 1 else setting.combine(joined) if joined else None
                )
            else:
                value = entries.get(DEFAULT_KEY)
            # A node may be called like its step; its entry has been merged already.
            if (
                step is not None
                and step in entries
                and not any(node.name == step for node in nodes)
            ):
                value = merge(value, entries[step])
            if value is not None:
                values[key] = setting.finish(value)
        except ValueError as err:
            where = f"run_config.{key}"
            report(
                Finding(
                    ERROR,
                    setting.contradiction,
                    where,
                    str(err),
                    (step,) if step else (),
                    ConfigError,
                )
            )
    return PodOptions(values)


def apply_pod_options(template: dict[str, Any], options: PodOptions) -> None:
    """Writes a pod's settings to its Argo template, which has ``container`` and ``metadata``."""
    for key, value in options.values.items():
        SETTINGS[key].apply(template, value)


def warn_about_unused_keys(
    settings: PodSettings, known: Iterable[str], report: ReportFinding = stop_at_errors
) -> None:
    """Warns about entries that match nothing.

    Args:
        settings: the run's configuration.
        known: names of nodes and steps, and tags.
        report: receives a warning for each.
    """
    names = sorted({DEFAULT_KEY, *known})
    for key in SETTINGS:
        for entry in getattr(settings, key):
            if entry not in names:
                near = nearest(entry, names)
                hint = f"did you mean {near!r}?" if near else "no name is similar"
                message = f"it matches no node, tag or step; {hint}"
                report(Finding(WARNING, "unused-setting", f"run_config.{key}.{entry}", message))


def merge(general: Any, specific: Any) -> Any:
    """Merges a specific value into a general one: mappings key by key, all else is replaced."""
    if isinstance(general, Mapping) and isinstance(specific, Mapping):
        return {
            **general,
            **{
                key: merge(general.get(key), value)
                for key, value in specific.items()
                if value is not None
            },
        }
    return general if specific is None else specific


def _of_node(entries: Mapping[str, Any], node: Node) -> Any:
    value = None
    for key in dict.fromkeys((DEFAULT_KEY, *node.tags, node.name)):
        value = merge(value, entries.get(key))
    return value
