"""Which folder and which Python the image of a ``Dockerfile`` has."""

from __future__ import annotations

from typing import Optional

import pytest

from kedro_kubeflow.scaffold.dockerfile import ImageFacts, read_dockerfile

FROM = "FROM python:3.11-slim\n"

KEDRO_DOCKER = """\
ARG BASE_IMAGE=python:3.10-slim
FROM $BASE_IMAGE as runtime-environment
RUN python -m pip install -U "pip>=21.2"
ARG KEDRO_UID=999
RUN useradd -m -d /home/kedro_docker kedro_docker
WORKDIR /home/kedro_docker
USER kedro_docker

FROM runtime-environment
ARG KEDRO_UID=999
COPY --chown=${KEDRO_UID} . .
"""


@pytest.mark.parametrize(
    ("text", "workdir"),
    [
        ("", None),
        (FROM, None),
        (f"{FROM}WORKDIR /opt/shop\n", "/opt/shop"),
        (f"{FROM}  workdir\t/opt/shop/  \r\n", "/opt/shop"),
        (f"{FROM}WORKDIR /opt\nCOPY . .\nWORKDIR shop\n", "/opt/shop"),
        (f"{FROM}WORKDIR shop\n", "/shop"),
        (f"{FROM}WORKDIR /opt\nWORKDIR /srv\n", "/srv"),
        # quotes and escapes
        (f'{FROM}WORKDIR "/opt/my shop"\n', "/opt/my shop"),
        (f"{FROM}WORKDIR '/opt/$shop'\n", "/opt/$shop"),
        (f"{FROM}WORKDIR /opt/my\\ shop\n", "/opt/my shop"),
        # only the last stage, and what it is made from
        (
            f"FROM golang AS tools\nWORKDIR /go\n{FROM}WORKDIR /app\nCOPY --from=tools /go /bin\n",
            "/app",
        ),
        ("FROM golang AS tools\nWORKDIR /go\nFROM python:3.11\n", None),
        (
            "FROM --platform=linux/amd64 python:3.11 AS Base\nENV AT=/app\nWORKDIR $AT\nFROM base\nWORKDIR x\n",
            "/app/x",
        ),
        ("FROM a AS base\nWORKDIR /a\nFROM base AS b\nWORKDIR b\nFROM base\n", "/a"),
        (KEDRO_DOCKER, "/home/kedro_docker"),
        # variables
        (f"{FROM}ENV HOME_DIR=/home/kedro\nWORKDIR ${{HOME_DIR}}/shop\n", "/home/kedro/shop"),
        (f"{FROM}ENV HOME_DIR /home/kedro\nWORKDIR $HOME_DIR\n", "/home/kedro"),
        (
            f"{FROM}ENV A=/a B='b c' \\\n    # a comment\n\n    C=$A\nWORKDIR $A/$B/$C\n",
            None,
        ),  # C takes A before this line
        (f"{FROM}ENV A=/a\nENV B=$A/b\nENV A=/z\nWORKDIR $B\n", "/a/b"),
        (f"{FROM}ARG AT=/opt/shop\nWORKDIR $AT\n", "/opt/shop"),
        (f"{FROM}ARG AT=/opt/shop OTHER\nENV AT=/srv\nWORKDIR $AT\n", "/srv"),
        (f"{FROM}ARG AT\nWORKDIR $AT\n", None),
        (f"{FROM}WORKDIR $AT/shop\n", None),
        (f"{FROM}WORKDIR ${{AT:-/opt}}/shop\n", "/opt/shop"),
        (f"{FROM}ENV AT=/srv\nWORKDIR ${{AT:-/opt}}${{AT:+/shop}}\n", "/srv/shop"),
        (f"{FROM}WORKDIR ${{AT#/}}/shop\n", None),
        (f"{FROM}WORKDIR $AT\nWORKDIR shop\n", None),
        (f"{FROM}WORKDIR $AT\nWORKDIR /shop\n", "/shop"),
        # an argument before FROM is for FROM, unless it is asked for again
        (f"ARG AT=/app\n{FROM}WORKDIR $AT\n", None),
        (f"ARG AT=/app\n{FROM}ARG AT\nWORKDIR $AT\n", "/app"),
        ("FROM a AS base\nARG AT=/app\nFROM base\nWORKDIR $AT\n", None),
        # what only looks like an instruction
        (f"{FROM}WORKDIR /app\n# WORKDIR /comment\n  # WORKDIR /too\n", "/app"),
        (f"{FROM}WORKDIR /app\nONBUILD WORKDIR /later\n", "/app"),
        (f"{FROM}WORKDIR /app\nRUN echo \\\nWORKDIR /echoed\n", "/app"),
        (f"{FROM}WORKDIR /app\nRUN echo \\\n# comment\n\nWORKDIR /echoed\n", "/app"),
        (f"{FROM}WORKDIR /app\nRUN <<EOF\nWORKDIR /in-a-script\nEOF\n", "/app"),
        (f"{FROM}RUN cat <<-'A' <<B\nWORKDIR /x\n\tA\nWORKDIR /y\nB\nWORKDIR /app\n", "/app"),
        (f"{FROM}RUN cat <<< EOF\nWORKDIR /app\n", "/app"),
        (f"# escape=`\n{FROM}WORKDIR `\n/app\n", "/app"),
        (f"\ufeff# syntax=docker/dockerfile:1\n{FROM}WORKDIR /app", "/app"),
    ],
)
def test_working_folder(text: str, workdir: Optional[str]) -> None:
    assert read_dockerfile(text).workdir == workdir


@pytest.mark.parametrize(
    ("text", "python"),
    [
        ("FROM python:3.11\n", "3.11"),
        ("FROM docker.io/library/python:3.12.4-slim-bookworm@sha256:00 AS x\n", "3.12"),
        ("ARG VERSION=3.9\nFROM python:${VERSION}-slim\n", "3.9"),
        ("FROM python:3.9 AS tools\nFROM python:3.12\n", "3.12"),
        ("FROM python:3.9 AS tools\nFROM tools\n", "3.9"),
        ("ARG VERSION\nFROM python:$VERSION\n", None),
        ("FROM python:latest\n", None),
        ("FROM registry.example.com/ourpython:3.11\n", None),
        ("FROM\n", None),
    ],
)
def test_python(text: str, python: Optional[str]) -> None:
    assert read_dockerfile(text).python == python


def test_nothing() -> None:
    assert read_dockerfile("not a Dockerfile") == ImageFacts()
