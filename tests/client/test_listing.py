"""Listing pipelines."""

from __future__ import annotations

import copy
from typing import Any

from kfp_server import KfpServer, sample_workflow


def test_all_pipelines_of_all_pages_are_listed(connect: Any, server: KfpServer) -> None:
    client = connect(server)
    first = client.upload_pipeline(sample_workflow(), "p000")
    template = server.store.pipelines[first.pipeline_id]
    for number in range(1, 230):
        pipeline = copy.copy(template)
        pipeline.id, pipeline.name = f"id-{number}", f"p{229 - number + 1:03}"
        server.store.pipelines[pipeline.id] = pipeline
    server.received.clear()

    listed = client.list_pipelines()

    assert [p.name for p in listed] == [f"p{number:03}" for number in range(230)]
    assert server.received.lines() == ["GET /pipelines"] * 3
    assert listed[0].pipeline_id == first.pipeline_id
    assert listed[0].link == f"{server.url}/#/pipelines/details/{first.pipeline_id}"


def test_no_pipelines_are_an_empty_list(connect: Any, server: KfpServer) -> None:
    assert connect(server).list_pipelines() == ()
