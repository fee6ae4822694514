"""A stand-in for ``docker``: notes each command down, and runs a container's as a process of this machine.

It is a program of its own, started by a small script named docker (or podman) on the PATH. What it
knows of a container lies in ``$STANDIN_FOLDER/containers/<name>``; its file system is the folder
``root`` in there, in which bind mounts are links, and the working directory has what is in
``$STANDIN_FOLDER/image``, if that is there. So commands in a test have to use paths relative to
their working directory, as the process runner's do.

Images are the lines of ``$STANDIN_FOLDER/images``; ``pull`` adds those that begin with "public/".
A file ``$STANDIN_FOLDER/fail-<command>`` makes a command fail with its text.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

FOLDER = Path(os.environ["STANDIN_FOLDER"])
CONTAINERS = FOLDER / "containers"


def main(name: str, arguments: list[str]) -> int:
    with open(FOLDER / "calls", "a", encoding="utf-8") as calls:
        calls.write(json.dumps([name, *arguments]) + "\n")
    if arguments == ["--version"]:
        return say("podman version 4.9.3" if name == "podman" else "Docker version 27.1.1")
    command = arguments[0]
    if (FOLDER / f"fail-{command}").exists():
        return fail((FOLDER / f"fail-{command}").read_text())
    known = {
        "ps": lambda: 0,
        "image": lambda: inspect_image(arguments[-1]),
        "pull": lambda: pull(arguments[-1]),
        "create": lambda: create(arguments[1:]),
        "start": lambda: start(arguments[-1]),
        "container": lambda: say((CONTAINERS / arguments[-1] / "state").read_text()),
        "kill": lambda: kill(arguments[2], arguments[-1]),
        "cp": lambda: copy(arguments[-2], arguments[-1]),
        "rm": lambda: remove(arguments[-1]),
    }
    return known[command]()


def say(text: str) -> int:
    sys.stdout.write(f"{text}\n")
    return 0


def fail(text: str, code: int = 1) -> int:
    sys.stderr.write(f"{text}\n")
    return code


def images() -> list[str]:
    return (FOLDER / "images").read_text().split()


def inspect_image(image: str) -> int:
    return say("sha256:1") if image in images() else fail(f"No such image: {image}")


def pull(image: str) -> int:
    if not image.startswith("public/"):
        return fail(f"pull access denied for {image}")
    with open(FOLDER / "images", "a", encoding="utf-8") as there:
        there.write(f"{image}\n")
    return 0


def options_of(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    for option in ("--name", "--label", "--workdir", "--entrypoint", "--pull", "--user"):
        parser.add_argument(option)
    for option in ("--mount", "--env", "--security-opt", "--group-add", "--add-host"):
        parser.add_argument(option, action="append", default=[])
    for option in ("--cap-add", "--cap-drop"):
        parser.add_argument(option, action="append", default=[])
    for option in ("--read-only", "--no-healthcheck"):
        parser.add_argument(option, action="store_true")
    parser.add_argument("image")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    return parser.parse_args(arguments)


def create(arguments: list[str]) -> int:
    made = options_of(arguments)
    assert made.pull == "never"
    if made.image not in images():
        return fail(f"Error: No such image: {made.image}", 125)
    folder = CONTAINERS / made.name
    workdir = folder / "root" / (made.workdir or "/").lstrip("/")
    if (FOLDER / "image").exists():
        shutil.copytree(FOLDER / "image", workdir)
    for text in made.mount:
        fields = dict(field.partition("=")[::2] for field in next(csv.reader([text])))
        if fields["type"] == "bind":
            target = folder / "root" / fields["destination"].lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.exists():
                shutil.rmtree(target)
            target.symlink_to(fields["source"])
    workdir.mkdir(parents=True, exist_ok=True)
    environment = {
        name: os.environ[name]
        for name in ("PATH", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE")
        if name in os.environ
    }
    for text in made.env:
        name, equals, value = text.partition("=")
        environment[name] = value if equals else os.environ[name]
    described = {
        "argv": [made.entrypoint, *made.command],
        "cwd": str(workdir),
        "env": environment,
        "options": vars(made),
    }
    (folder / "made").write_text(json.dumps(described))
    (FOLDER / "created").mkdir(exist_ok=True)
    (FOLDER / "created" / made.name).write_text(json.dumps(described))
    note(folder, Status="created")
    return say(made.name)


def note(folder: Path, **state: object) -> None:
    base = {"Status": "exited", "Running": False, "OOMKilled": False, "ExitCode": 0, "Error": ""}
    new = folder / f"state.{os.getpid()}"
    new.write_text(json.dumps({**base, **state}))
    new.replace(folder / "state")


def start(name: str) -> int:
    folder = CONTAINERS / name
    made = json.loads((folder / "made").read_text())
    try:
        process = subprocess.Popen(
            made["argv"],
            cwd=made["cwd"],
            env=made["env"],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as err:
        note(folder, Status="created", ExitCode=127, Error=f"exec failed: {err}")
        return fail(f"Error response from daemon: exec failed: {err}")
    (folder / "pid").write_text(str(process.pid))
    note(folder, Status="running", Running=True)
    code = process.wait()
    # With its first process, all of a container ends.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    oom = (folder / "root" / made["cwd"] / "oom").exists()
    note(folder, ExitCode=code if code >= 0 else 128 - code, OOMKilled=oom)
    return code if code >= 0 else 128 - code


def kill(name: str, container: str) -> int:
    pid = CONTAINERS / container / "pid"
    if not pid.exists():
        return fail(f"container {container} is not running")
    number = getattr(signal, f"SIG{name}")
    os.kill(int(pid.read_text()), number)
    return 0


def copy(source: str, target: str) -> int:
    container, _, path = source.partition(":")
    found = CONTAINERS / container / "root" / path.lstrip("/")
    if not found.exists():
        return fail(f"Error: Could not find the file {path} in container {container}")
    if found.is_dir():
        shutil.copytree(found, target, symlinks=True)
    else:
        shutil.copyfile(found, target)
    return 0


def remove(name: str) -> int:
    folder = CONTAINERS / name
    pid = folder / "pid"
    if pid.exists() and json.loads((folder / "state").read_text())["Running"]:
        os.killpg(int(pid.read_text()), signal.SIGKILL)
        time.sleep(0.1)
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
