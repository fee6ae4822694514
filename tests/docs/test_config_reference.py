"""The reference of ``kubeflow.yaml`` in the documentation has every key that the models have."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Optional, get_args

import pytest
from pydantic.v1 import BaseModel, Field, PositiveInt

from kedro_kubeflow.config.pod_options import settings
from kedro_kubeflow.config.pod_options.settings import SETTINGS, PodSetting
from kedro_kubeflow.config.run_config import PluginConfig
from kedro_kubeflow.config.strict_model import StrictModel

DOCS = Path(__file__).parents[2] / "docs"


class Inner(StrictModel):
    """Something new, see :mod:`somewhere`."""

    word: str = Field("a", allowed=("a", "b"), description="A | B.")


class Whole(BaseModel):
    timeout: dict[str, Any] = Field({}, description="By step.")
    number: Optional[PositiveInt] = Field(None, description="A number.")
    inner: list[Inner] = Field([], description="Several.")


@pytest.fixture(scope="module")
def config_reference() -> Any:
    spec = importlib.util.spec_from_file_location(
        "config_reference", DOCS / "_ext/config_reference.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def keys(kind: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every key of the schema with its description, found by another way than the reference's."""
    models = [part for part in (kind, *get_args(kind)) if hasattr(part, "__fields__")]
    for model in models:
        for name, field in model.__fields__.items():
            yield f"{path}{name}", field.field_info.description or ""
            inner = SETTINGS[name].entry if name in SETTINGS else field.outer_type_
            yield from keys(inner, f"{path}{name}.")


def anchor(path: str) -> str:
    return path.replace(".", "-").replace("_", "-").lower()


def rows(text: str) -> dict[str, str]:
    """The reference's rows, by their anchors."""
    return {
        line.partition("{#")[2].partition("}")[0]: line
        for line in text.splitlines()
        if "]{#" in line
    }


def test_every_key_is_there_and_explained(config_reference: Any) -> None:
    found = rows(config_reference.reference())

    everything = dict(keys(PluginConfig))
    assert {anchor(path) for path in everything} == set(found)
    assert {
        "host",
        "run_config.image",
        "run_config.volume.size",
        "run_config.retry_policy.max_duration",
    } <= set(everything)
    for path, description in everything.items():
        assert description, path
        assert description in found[anchor(path)]


def test_a_row_tells_type_default_and_the_words_there_are(config_reference: Any) -> None:
    found = rows(config_reference.reference())

    assert "| string | required |" in found["run-config-image"]
    assert "| integer above 0 | `604800` |" in found["run-config-ttl"]
    assert "`Always`, `IfNotPresent`, `Never`" in found["run-config-image-pull-policy"]
    assert "`NoSchedule`, `PreferNoSchedule`, `NoExecute`" in found["run-config-tolerations-effect"]
    assert "[list of mappings](#run-config-tolerations-key)" in found["run-config-tolerations"]
    assert "| integer above 0 |" in found["run-config-timeout"]


def test_a_new_key_shows_up_by_itself(
    config_reference: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = PodSetting(list[Inner], list, list, print)
    monkeypatch.setattr(config_reference, "SETTINGS", {"timeout": entry})
    text = config_reference.reference(Whole)

    found = rows(text)
    assert list(found) == ["number", "inner", "inner-word", "timeout", "timeout-word"]
    assert "| integer above 0 |  | A number. |" in found["number"]
    assert r"| string | `a` | A \| B. One of `a`, `b`. |" in found["inner-word"]
    assert "Something new, see `somewhere`." in text
    assert "## Settings by step" in text


def test_sphinx_renders_it(tmp_path: Path) -> None:
    sphinx = pytest.importorskip("sphinx.cmd.build")
    pytest.importorskip("myst_parser")
    source = tmp_path / "docs"
    source.mkdir()
    (source / "conf.py").write_text(
        f"import sys\nsys.path.insert(0, {str(DOCS / '_ext')!r})\n"
        "extensions = ['myst_parser', 'config_reference']\n"
        "myst_enable_extensions = ['attrs_inline']\nmyst_heading_anchors = 3\n"
    )
    (source / "index.md").write_text(
        "# All keys\n\n(settings-by-step-lookup)=\n## Here\n\n"
        "[a key](#run-config-volume-size) [another](#run-config-tolerations-tolerationseconds)\n\n"
        "```{config-reference}\n```\n"
    )

    assert sphinx.build_main(["-q", "-W", "-b", "html", str(source), str(tmp_path / "out")]) == 0

    html = (tmp_path / "out/index.html").read_text(encoding="utf-8")
    for path, _ in keys(PluginConfig):
        assert f'id="{anchor(path)}"' in html
    sys.modules.pop("config_reference", None)


def test_settings_are_all_fields_and_the_other_way_round() -> None:
    assert set(SETTINGS) == set(settings.PodSettings.__fields__)
