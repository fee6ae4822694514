"""Reads the files ``kubeflow*.yaml`` of a project's environments into one mapping, and knows where each key is from.

They are read here and not by the project's config loader: the loaders of Kedro's versions differ in what they put
into a file, see :mod:`kedro_kubeflow.project.placeholders`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

import yaml

from kedro_kubeflow.errors import ConfigError
from kedro_kubeflow.project import Substitutions, fill_placeholders, merge_mappings

FILE_NAME = "kubeflow.yaml"


@dataclass(frozen=True)
class ConfigFiles:
    """What the files say.

    Attributes:
        values: resolved; keys and lists as YAML gives them.
        origins: top-level key, to the path of the file that says it, relative to the project's folder.
        main: the path to name where a key is missing altogether.
    """

    values: Mapping[str, Any]
    origins: Mapping[str, str]
    main: str

    def origin(self, key: Optional[str]) -> str:
        """Names the file to look into for a top-level key."""
        return self.origins.get(key or "", self.main)


def read_config_files(
    project_path: Path,
    folders: tuple[Path, ...],
    substitutions: Substitutions,
    merge_softly: bool = False,
) -> ConfigFiles:
    """Reads ``kubeflow*.yaml`` and ``kubeflow*.yml`` from the environments' folders, the last one winning.

    Args:
        project_path: what origins are relative to.
        folders: the base environment's folder, then the chosen one's.
        substitutions: values for placeholders.
        merge_softly: merge key by key; Kedro's rule otherwise replaces a top-level key whole.

    Raises:
        ConfigError: no such file, no YAML, a placeholder without a value, a key in two files of one folder.
    """
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    paths = [path for folder in dict.fromkeys(folders) for path in _config_files(folder)]
    if not paths:
        main = _relative(folders[0] / FILE_NAME, project_path)
        raise ConfigError.at(
            main,
            "the file does not exist. Create it with 'kedro kubeflow init URL', where URL is that of "
            "Kubeflow Pipelines, for instance https://kubeflow.example.com/pipeline",
        )
    for path in paths:
        origin = _relative(path, project_path)
        resolved = fill_placeholders(_read(path, origin), substitutions, origin)
        _refuse_what_is_said_twice(resolved, origin, origins)
        values = merge_mappings(values, resolved) if merge_softly else {**values, **resolved}
        origins.update(dict.fromkeys(resolved, origin))
    return ConfigFiles(values, origins, _relative(paths[0], project_path))


def _refuse_what_is_said_twice(
    values: Mapping[str, Any], origin: str, origins: Mapping[str, str]
) -> None:
    """Refuses a key that two files of one folder have, as Kedro does: a forgotten copy may be the one at work."""
    folder = origin.rpartition("/")[0]
    for key in values:
        other = origins.get(key, "")
        if other and other.rpartition("/")[0] == folder:
            raise ConfigError.at(
                f"{origin}: {key}",
                f"this key is in {other} too, and both files are read; keep one of them, or rename the other so that "
                "it does not begin with kubeflow",
            )


def _config_files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(
        path
        for path in folder.glob("kubeflow*")
        if path.suffix in (".yaml", ".yml") and path.is_file()
    )


def _relative(path: Path, project_path: Path) -> str:
    try:
        return path.relative_to(project_path).as_posix()
    except ValueError:
        return path.as_posix()


def _read(path: Path, origin: str) -> dict[str, Any]:
    try:
        found = _named(yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader))
    except UnicodeDecodeError as err:
        raise ConfigError.at(origin, f"the file is not UTF-8: {err}") from err
    except yaml.YAMLError as err:
        raise ConfigError.at(origin, f"the file is not YAML: {err}") from err
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise ConfigError.at(
            origin,
            f"the file contains a {type(found).__name__}; it must be a mapping with 'run_config'",
        )
    return found


class _Loader(yaml.SafeLoader):
    """Refuses a key that appears twice, of which YAML readers silently take the last, and leaves dates as strings.

    OmegaConf takes no dates, and its own reader of YAML, which is Kedro's, makes none.
    """

    yaml_implicit_resolvers = {  # noqa: RUF012 - as yaml.SafeLoader has it
        first: [(tag, form) for tag, form in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        """See yaml.SafeLoader."""
        seen = set()
        for key_node, _ in node.value:
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else None
            if key is not None and key != "<<" and key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} appears twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


def _named(value: Any) -> Any:
    """Turns all keys into strings: a node may be called 1, and to YAML that is a number."""
    if isinstance(value, Mapping):
        return {str(key): _named(item) for key, item in value.items()}
    return [_named(item) for item in value] if isinstance(value, list) else value
