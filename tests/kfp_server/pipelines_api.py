"""Handles requests about pipelines and their versions."""

from __future__ import annotations

import email.parser
import email.policy
import json
from typing import Any

from kfp_server.clock import rfc3339
from kfp_server.errors import ApiError, internal, invalid
from kfp_server.listing import decode_again, page_of
from kfp_server.manifest import parameters_of, parse_workflow
from kfp_server.messages import Answer, Request, json_answer
from kfp_server.parameters import check_defaults
from kfp_server.references import reference, without_defaults
from kfp_server.store import Pipeline, Store, Version, refuse_duplicate

LARGEST_PACKAGE = 32 << 20


class PipelinesApi:
    """Keeps pipelines and versions, lists them and returns their workflows.

    ``duplicate_status`` is the status for a name that already exists; ``names_decoded_twice`` is true
    for servers of 1.x, which decode the name in the query once more after the HTTP library.
    """

    def __init__(
        self,
        store: Store,
        duplicate_status: int,
        names_decoded_twice: bool,
        says_already_exist: bool = True,
        longest_name: int = 100,
    ) -> None:
        self._store = store
        self._duplicate_status = duplicate_status
        self.names_decoded_twice = names_decoded_twice
        self._says_already_exist = says_already_exist
        self._longest_name = longest_name

    def upload(self, request: Request) -> Answer:
        try:
            name, description, workflow = self._package(request)
            taken = [p.name for p in self._store.pipelines.values()]
            self._refuse_duplicate(name, taken, "pipeline")
            self._refuse_unstorable(name, description, workflow)
        except ApiError as err:
            return err.upload_answer()
        pipeline = Pipeline(name, description)
        # The first version has the pipeline's own id and name.
        version = self._add_version(pipeline, name, description, workflow, pipeline.id)
        self._store.pipelines[pipeline.id] = pipeline
        return json_answer(self._written(pipeline, version))

    def upload_version(self, request: Request) -> Answer:
        try:
            name, description, workflow = self._package(request)
            pipeline = self._store.pipelines.get(request.query.get("pipelineid", ""))
            if pipeline is None:
                raise invalid("Failed to create a pipeline version: the pipeline is not found.")
            taken = [v.name for v in self._store.versions_of(pipeline.id)]
            self._refuse_duplicate(name, taken, "pipeline version")
            self._refuse_unstorable(name, description, workflow)
        except ApiError as err:
            return err.upload_answer()
        return json_answer(_version(self._add_version(pipeline, name, description, workflow)))

    def _package(self, request: Request) -> tuple[str, str, dict[str, Any]]:
        file_name, content = _uploaded_file(request)
        if len(content) > LARGEST_PACKAGE:
            raise invalid(f"File size too large. Maximum supported size: {LARGEST_PACKAGE}")
        if not file_name.endswith((".yaml", ".yml")):
            raise invalid("Unexpected pipeline file format. Support .zip, .tar.gz or YAML.")
        name = request.query.get("name", "")
        description = request.query.get("description", "")
        if self.names_decoded_twice:
            name, description = decode_again(name), decode_again(description)
        name = name or file_name
        if len(name.encode()) > self._longest_name:
            raise invalid(f"Pipeline name too long. Support maximum length of {self._longest_name}")
        workflow = parse_workflow(content.decode())
        check_defaults(workflow)
        return name, description, workflow

    def _refuse_duplicate(self, name: str, taken: list[str], kind: str) -> None:
        try:
            refuse_duplicate(name, taken, kind, self._duplicate_status)
        except ApiError as err:
            if not self._says_already_exist:
                err.message = f"Failed to create a new {kind}: the name {name} is in use"
            raise

    def _refuse_unstorable(self, name: str, description: str, workflow: dict[str, Any]) -> None:
        """Refuses what the database cannot hold; the workflow itself goes into the object store."""
        self._store.database.store("Name", name, description)
        self._store.database.store("Parameters", parameters_of(workflow))

    def _add_version(
        self,
        pipeline: Pipeline,
        name: str,
        description: str,
        workflow: dict[str, Any],
        version_id: str = "",
    ) -> Version:
        version = Version(pipeline.id, name, workflow, description, order=len(self._store.versions))
        version.id = version_id or version.id
        self._store.versions[version.id] = version
        pipeline.default_version_id = version.id
        return version

    def list(self, request: Request) -> dict[str, Any]:
        page, total, token = page_of(list(self._store.pipelines.values()), request.query)
        rows = [self._with_default(pipeline) for pipeline in page]
        return without_defaults({"pipelines": rows, "total_size": total, "next_page_token": token})

    def get(self, request: Request, key: str) -> dict[str, Any]:
        return self._with_default(self._store.pipeline(key))

    def delete(self, request: Request, key: str) -> dict[str, Any]:
        self._store.pipeline(key)
        for version in self._store.versions_of(key):
            del self._store.versions[version.id]
        del self._store.pipelines[key]
        return {}

    def list_versions(self, request: Request) -> dict[str, Any]:
        if request.query.get("resource_key.type") != "PIPELINE":
            raise invalid("Invalid resource references for ListPipelineVersions.")
        rows = self._store.versions_of(request.query.get("resource_key.id", ""))
        page, total, token = page_of(rows, request.query)
        return without_defaults(
            {
                "versions": [_version(version) for version in page],
                "total_size": total,
                "next_page_token": token,
            }
        )

    def get_version(self, request: Request, key: str) -> dict[str, Any]:
        return _version(self._store.version(key))

    def version_template(self, request: Request, key: str) -> dict[str, Any]:
        return {"template": json.dumps(self._store.version(key).workflow)}

    def template(self, request: Request, key: str) -> dict[str, Any]:
        default = self._store.version(self._store.pipeline(key).default_version_id)
        return {"template": json.dumps(default.workflow)}

    def _with_default(self, pipeline: Pipeline) -> dict[str, Any]:
        return self._written(pipeline, self._store.version(pipeline.default_version_id))

    @staticmethod
    def _written(pipeline: Pipeline, version: Version) -> dict[str, Any]:
        return without_defaults(
            {
                "id": pipeline.id,
                "created_at": rfc3339(pipeline.created_at),
                "name": pipeline.name,
                "description": pipeline.description,
                "parameters": version.parameters,
                "default_version": _version(version),
            }
        )


def _version(version: Version) -> dict[str, Any]:
    return without_defaults(
        {
            "id": version.id,
            "name": version.name,
            "created_at": rfc3339(version.created_at),
            "parameters": version.parameters,
            "description": version.description,
            "resource_references": [reference("PIPELINE", version.pipeline_id)],
        }
    )


def _uploaded_file(request: Request) -> tuple[str, bytes]:
    head = f"Content-Type: {request.headers.get('content-type', '')}\r\n\r\n".encode()
    parser = email.parser.BytesParser(policy=email.policy.HTTP)
    message = parser.parsebytes(head + request.body)
    for part in message.iter_parts() if message.is_multipart() else ():
        if part.get_param("name", header="content-disposition") == "uploadfile":
            payload = part.get_payload(decode=True)
            return part.get_filename() or "", payload if isinstance(payload, bytes) else b""
    raise internal("Failed to read pipeline from file: http: no such file")
