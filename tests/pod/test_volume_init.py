"""A fresh volume gets the image's data, and says so when it cannot."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kedro_kubeflow.errors import StepError
from kedro_kubeflow.pod.volume_init import fill_volume


def test_all_of_the_folder_is_copied(tmp_path: Path) -> None:
    source, volume = tmp_path / "data", tmp_path / "volume"
    (source / "01_raw/deep").mkdir(parents=True)
    (source / "01_raw/deep/a.txt").write_text("a")
    (source / "run.sh").write_text("#!/bin/sh")
    (source / "run.sh").chmod(0o755)
    (source / "link").symlink_to("01_raw/deep/a.txt")
    volume.mkdir()
    (volume / "lost+found").mkdir()
    for _ in range(2):  # a step may be tried again
        assert fill_volume(source, volume) == 3
    assert (volume / "01_raw/deep/a.txt").read_text() == "a"
    assert os.readlink(volume / "link") == "01_raw/deep/a.txt"
    assert (volume / "run.sh").stat().st_mode & 0o777 == 0o755


def test_an_image_without_data_leaves_the_volume_empty(tmp_path: Path) -> None:
    assert fill_volume(tmp_path / "none", tmp_path) == 0


def test_no_volume(tmp_path: Path) -> None:
    with pytest.raises(StepError, match="no volume is mounted here"):
        fill_volume(tmp_path, tmp_path / "none")
