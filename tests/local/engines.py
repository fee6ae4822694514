"""Engines for containers that tests run steps with: a stand-in everywhere, real ones where they answer."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Optional

import pytest

REAL = ("docker", "podman")
IMAGE = "localhost/kedro-kubeflow-test:1"

# What the commands in the tests and the runner itself need of an image.
PROGRAMS = ("sh", "cat", "chmod", "chown", "id", "ln", "ls", "mkdir", "printenv", "sleep", "stat")


@dataclass(frozen=True)
class TestEngine:
    """An engine for a test.

    Attributes:
        runner: the word for ``--runner``.
        environ: has the engine on its PATH.
        folder: of the stand-in, what it was asked; None for a real engine.
        run_folder: of the runs whose containers are looked for.
    """

    __test__ = False

    runner: str
    environ: Mapping[str, str]
    folder: Optional[Path] = None
    run_folder: Path = Path()

    def calls(self, command: str) -> list[list[str]]:
        """What the stand-in was asked with a command, the command itself left out."""
        assert self.folder is not None
        lines = (self.folder / "calls").read_text().splitlines()
        return [call[2:] for call in map(json.loads, lines) if call[1] == command]

    def created(self, step: str) -> dict[str, Any]:
        """What the stand-in noted of the last container of a step."""
        assert self.folder is not None
        *_, last = sorted((self.folder / "created").glob(f"{step}-*"))
        return json.loads(last.read_text())

    def containers(self) -> list[str]:
        """The containers there are that runs of this test have made."""
        if self.folder is not None:
            folder = self.folder / "containers"
            return sorted(item.name for item in folder.iterdir()) if folder.exists() else []
        listed = subprocess.run(
            [self.runner, "ps", "-aq", "--filter", f"label=kedro-kubeflow.run={self.run_folder}"],
            env=dict(self.environ),
            capture_output=True,
            text=True,
            check=True,
        )
        return listed.stdout.split()


def stand_in(folder: Path, *names: str) -> TestEngine:
    """Puts stand-ins under these names on a PATH that has no real engine."""
    programs = folder / "engine"
    programs.mkdir(parents=True)
    script = Path(__file__).with_name("standin_docker.py")
    for name in names or ("docker",):
        program = programs / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I -S "{script}" {name} "$@"\n')
        program.chmod(0o755)
    (programs / "images").write_text(f"{IMAGE}\n")
    environ = {
        # Real engines may lie in the folders of all that commands need.
        "PATH": f"{programs}{os.pathsep}{_programs_alone(folder)}",
        "STANDIN_FOLDER": str(programs),
        "HOME": "/tmp",
    }
    return TestEngine("docker", environ, programs)


def real_engine(name: str, run_folder: Path) -> TestEngine:
    """An engine of this machine that runs containers, or the test is skipped."""
    why_not = _why_not(name)
    if why_not:
        pytest.skip(why_not)
    return TestEngine(name, os.environ, run_folder=run_folder.resolve())


@cache
def _why_not(name: str) -> str:
    """Why an engine cannot run containers here; empty where it can."""
    if shutil.which(name) is None:
        return f"{name} is not on the PATH"
    answer = _run([name, "ps", "--quiet"])
    if answer.returncode:
        return f"{name} does not answer: {answer.stderr.decode().strip()[-200:]}"
    if name == "docker" and b"podman" in _run([name, "--version"]).stdout.lower():
        return "docker is another name of podman here"
    if _run([name, "image", "inspect", IMAGE]).returncode:
        image = _image()
        if image is None:
            return "there is no ldd to make an image with, or one of its programs is missing"
        imported = _run([name, "import", "-", IMAGE], image)
        assert not imported.returncode, imported.stderr
    tried = _run([name, "run", "--rm", "--pull", "never", IMAGE, "sh", "-c", "exit 3"])
    if tried.returncode != 3:
        return f"{name} runs no container: {tried.stderr.decode().strip()[-200:]}"
    return ""


def _programs_alone(folder: Path) -> Path:
    programs = folder / "programs"
    programs.mkdir()
    for name in (*PROGRAMS, "env", "false", "kill", "rm", "touch", "true"):
        found = shutil.which(name)
        if found:
            (programs / name).symlink_to(found)
    return programs


def _run(arguments: list[str], given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(arguments, input=given, capture_output=True, check=False)


def _image() -> Optional[bytes]:
    """The programs of this machine with their libraries, as the file system of an image."""
    files: dict[str, Path] = {}
    for name in PROGRAMS:
        program = shutil.which(name)
        if program is None or shutil.which("ldd") is None:
            return None
        files[f"bin/{name}"] = Path(program)
        listed = _run(["ldd", os.path.realpath(program)]).stdout.decode()
        for library in re.findall(r"(?:=> |^\s*)(/\S+)", listed, re.MULTILINE):
            files[library.lstrip("/")] = Path(library)
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for folder, mode in (
            ("home", 0o755),
            ("home/kedro", 0o777),
            ("tmp", 0o777),
            ("proc", 0o755),
        ):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, mode
            tar.addfile(entry)
        users = b"root:x:0:0::/:/bin/sh\nkedro:x:1000:1000::/home/kedro:/bin/sh\n"
        entry = tarfile.TarInfo("etc/passwd")
        entry.size = len(users)
        tar.addfile(entry, io.BytesIO(users))
        for name, path in files.items():
            content = path.read_bytes()
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o755
            tar.addfile(entry, io.BytesIO(content))
    return archive.getvalue()
