"""Kedro's private names, on the classes of the Kedro at hand: a release that removes one fails here."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import kedro.config
import kedro.io
import pytest
from kedro.io.core import Version
from omegaconf import OmegaConf

from kedro_kubeflow.project import kedro_private
from projects import ENVIRON, KEDRO, Project

Make = Callable[..., Project]
FIRST, SECOND = "2026-01-01T00.00.00.000Z", "2026-01-02T00.00.00.000Z"

ONE_NODE = """
def register_pipelines():
    return {"__default__": Pipeline([node(sum, "raw", "total", name="add")])}
"""
CATALOG = {
    "raw": {"type": "shop.datasets.JSONFile", "filepath": "data/raw.json"},
    "total": {"type": "shop.datasets.JSONFile", "filepath": "data/total.json", "versioned": True},
}
RUN_A_SESSION = f"""
from pathlib import Path

from kedro.framework.hooks import hook_impl

from kedro_kubeflow.pod.step_session import new_session
from kedro_kubeflow.project import kedro_private, open_project


class Witness:
    @hook_impl
    def before_pipeline_run(self, pipeline):
        Path("witnessed").write_text(pipeline.nodes[0].name)


with new_session(open_project(Path.cwd(), "local")) as session:
    kedro_private.set_save_version(session, "{FIRST}")
    kedro_private.register_hook(session, Witness())
    session.run()
"""
SET_UP_A_PROJECT = """
from pathlib import Path

from kedro.framework.startup import bootstrap_project

from kedro_kubeflow.project import kedro_private

print(kedro_private.configured_package())
bootstrap_project(Path.cwd())
print(kedro_private.configured_package())
"""


def class_of(*names: str) -> Any:
    """The first of some classes that there is: Kedro's datasets have changed their package and spelling."""
    for name in names:
        module, _, attribute = name.rpartition(".")
        try:
            return getattr(importlib.import_module(module), attribute)
        except (ImportError, AttributeError):
            continue
    return None


JSON = class_of(
    "kedro_datasets.json.JSONDataset",
    "kedro_datasets.json.json_dataset.JSONDataset",
    "kedro.extras.datasets.json.JSONDataSet",
)
PARTITIONS = class_of("kedro_datasets.partitions.PartitionedDataset", "kedro.io.PartitionedDataSet")
MEMORY = class_of("kedro.io.MemoryDataset", "kedro.io.MemoryDataSet")
CACHED = class_of("kedro.io.CachedDataset", "kedro.io.CachedDataSet")
CATALOGS = [
    getattr(kedro.io, name)
    for name in ("DataCatalog", "KedroDataCatalog")
    if hasattr(kedro.io, name)
]
LOADER = getattr(kedro.config, "OmegaConfigLoader", None)

with_a_json_dataset = pytest.mark.skipif(JSON is None, reason="kedro-datasets is not installed")


def python(made: Project, source: str) -> str:
    """Runs a script in a project's folder, in a process where Kedro has set up no project yet."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", source],
        cwd=made.path,
        env={**os.environ, **ENVIRON},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def made(project: Make) -> Project:
    return project(ONE_NODE, catalog=CATALOG, files={"data/raw.json": "[1, 2]"})


@pytest.fixture
def conf(tmp_path: Path) -> Iterator[Path]:
    """A folder of configuration; the resolvers that a loader of it leaves in OmegaConf are removed again."""
    for name, text in {"globals": "bucket: b\n", "parameters": "a: 1\n"}.items():
        path = tmp_path / "conf" / "base" / f"{name}.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "conf" / "local").mkdir()
    yield tmp_path / "conf"
    OmegaConf.clear_resolvers()


def test_a_session_takes_a_save_version_and_a_hook(made: Project) -> None:
    python(made, RUN_A_SESSION)

    assert made.read_json(f"data/total.json/{FIRST}/total.json") == 3
    assert (made.path / "witnessed").read_text() == "add"


def test_the_package_that_is_set_up(made: Project) -> None:
    assert python(made, SET_UP_A_PROJECT).split()[-2:] == ["None", "shop"]


def test_a_projects_metadata(made: Project) -> None:
    found = kedro_private.project_metadata(made.path)

    assert (found.package_name, found.project_name) == ("shop", "Shop Floor")
    assert Path(found.source_dir) == made.path / "src"


@pytest.mark.skipif(KEDRO < (0, 18, 14), reason="the loader has no globals before")
def test_the_globals_of_files(conf: Path) -> None:
    loader = LOADER(conf_source=str(conf), base_env="base", default_run_env="local")

    assert kedro_private.loader_globals(loader) == {"bucket": "b"}


@pytest.mark.skipif(KEDRO >= (0, 19), reason="Kedro 0.19 has no such loader")
def test_the_globals_of_the_templated_loader(conf: Path) -> None:
    loader = kedro.config.TemplatedConfigLoader(str(conf), globals_dict={"bucket": "c"})

    assert kedro_private.loader_globals(loader) == {"bucket": "c"}
    assert kedro_private.loader_globals(kedro.config.ConfigLoader(str(conf))) == {}


@pytest.mark.skipif(KEDRO < (0, 18, 14), reason="the loader reads without a file system before")
def test_a_loader_reads_through_the_file_system_it_is_given(conf: Path) -> None:
    opened = []

    class Recording:
        def __init__(self, files: Any) -> None:
            self.files = files

        def __getattr__(self, name: str) -> Any:
            return getattr(self.files, name)

        def open(self, path: str, *args: Any, **kwargs: Any) -> Any:
            opened.append(Path(path).name)
            return self.files.open(path, *args, **kwargs)

    loader = LOADER(conf_source=str(conf), base_env="base", default_run_env="local")
    kedro_private.wrap_file_system(loader, Recording)

    assert loader["parameters"] == {"a": 1}
    assert opened == ["parameters.yml"]


@pytest.mark.parametrize("kind", CATALOGS)
def test_a_dataset_of_a_catalog(kind: Any) -> None:
    catalog = kind({"there": MEMORY(1)})

    assert kedro_private.catalog_get(catalog, "there").load() == 1
    assert kedro_private.catalog_get(catalog, "elsewhere") is None


@with_a_json_dataset
@pytest.mark.skipif(KEDRO < (0, 18, 12), reason="Kedro has no dataset factories before")
@pytest.mark.parametrize("kind", CATALOGS)
def test_a_dataset_of_a_factory(kind: Any, tmp_path: Path) -> None:
    entry = {"type": f"{JSON.__module__}.{JSON.__name__}", "filepath": f"{tmp_path}/{{name}}.json"}
    catalog = kind.from_config({"{name}_file": entry})

    assert isinstance(kedro_private.catalog_get(catalog, "a_file"), JSON)
    assert kedro_private.catalog_get(catalog, "elsewhere") is None


def test_the_dataset_in_a_cache() -> None:
    inner = MEMORY(1)

    assert kedro_private.without_cache(CACHED(inner)) is inner
    assert kedro_private.without_cache(inner) is inner


@with_a_json_dataset
def test_where_a_dataset_is(tmp_path: Path) -> None:
    path = str(tmp_path / "a.json")

    assert kedro_private.local_location(JSON(filepath=path)) == path
    assert kedro_private.local_location(JSON(filepath="memory://a.json")) is None
    assert kedro_private.local_location(MEMORY(1)) is None


@with_a_json_dataset
@pytest.mark.skipif(PARTITIONS is None, reason="kedro-datasets is not installed")
def test_where_partitions_are(tmp_path: Path) -> None:
    assert kedro_private.local_location(PARTITIONS(path=str(tmp_path), dataset=JSON)) == str(
        tmp_path
    )
    assert kedro_private.local_location(PARTITIONS(path="memory://parts", dataset=JSON)) is None


@with_a_json_dataset
def test_a_version_to_load(tmp_path: Path) -> None:
    path = str(tmp_path / "a.json")
    for version in (FIRST, SECOND):
        JSON(filepath=path, version=Version(None, version)).save(version)
    plain = JSON(filepath=str(tmp_path / "b.json"))
    newest = JSON(filepath=path, version=Version(None, None))

    assert not kedro_private.is_versioned(plain)
    assert not kedro_private.pin_load_version(plain, FIRST)
    assert kedro_private.is_versioned(newest)
    assert not kedro_private.pin_load_version(newest, "2026-01-03T00.00.00.000Z")
    assert newest.load() == SECOND

    pinned = JSON(filepath=path, version=Version(None, None))
    assert kedro_private.pin_load_version(pinned, FIRST)
    assert pinned.load() == FIRST
    assert not kedro_private.pin_load_version(pinned, SECOND)


@with_a_json_dataset
@pytest.mark.parametrize("protocol", ["", "memory://versions/"])
def test_a_version_to_remove(tmp_path: Path, protocol: str) -> None:
    path = protocol + str(tmp_path / "a.json")
    for version in (FIRST, SECOND):
        JSON(filepath=path, version=Version(None, version)).save(version)
    repeated = JSON(filepath=path, version=Version(None, SECOND))

    assert kedro_private.remove_version(repeated, SECOND)
    assert not kedro_private.remove_version(repeated, SECOND)
    repeated.save("again")
    assert JSON(filepath=path, version=Version(FIRST, None)).load() == FIRST
    assert JSON(filepath=path, version=Version(SECOND, None)).load() == "again"
    assert not kedro_private.remove_version(JSON(filepath=str(tmp_path / "b.json")), SECOND)


@with_a_json_dataset
def test_a_version_is_removed(tmp_path: Path) -> None:
    path = str(tmp_path / "a.json")
    for version in (FIRST, SECOND):
        JSON(filepath=path, version=Version(None, version)).save(version)
    dataset = JSON(filepath=path, version=Version(None, None))

    assert kedro_private.remove_version(dataset, FIRST)
    assert [item.name for item in Path(path).iterdir()] == [SECOND]
    assert not kedro_private.remove_version(dataset, FIRST)
    assert kedro_private.remove_version(CACHED(dataset), SECOND)
    assert not list(Path(path).iterdir())
    assert not kedro_private.remove_version(JSON(filepath=str(tmp_path / "b.json")), FIRST)
