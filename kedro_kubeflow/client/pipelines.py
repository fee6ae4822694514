"""Finds and lists pipelines, and uploads them and their versions."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Optional
from urllib.parse import quote, unquote_plus

import yaml

from kedro_kubeflow.client.api import Api, required
from kedro_kubeflow.client.comparison import same_workflow
from kedro_kubeflow.client.links import Links
from kedro_kubeflow.client.package import Package, make_package
from kedro_kubeflow.client.records import PIPELINE, TEMPLATE, VERSION
from kedro_kubeflow.client.resources import find_named, name_filter, refuse_unstorable
from kedro_kubeflow.errors import (
    AuthenticationError,
    ServerError,
    ServerRefusedError,
    ServerUnreachableError,
)

logger = logging.getLogger(__name__)

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

CREATED = "created"
NEW_VERSION = "new version"
UNCHANGED = "unchanged"


@dataclass(frozen=True)
class PipelineSummary:
    """A pipeline in a list; ``created_at`` is RFC 3339, strings may be empty."""

    pipeline_id: str
    name: str
    description: str
    created_at: str
    version_id: str
    version_name: str
    link: str


@dataclass(frozen=True)
class UploadedPipeline:
    """The result of an upload.

    Attributes:
        action: ``created``, ``new version``, or ``unchanged`` if nothing was uploaded.
        link: Opens the version in Kubeflow's interface.
    """

    action: str
    pipeline_id: str
    pipeline_name: str
    version_id: str
    version_name: str
    link: str


class Pipelines:
    """The pipelines of a server."""

    def __init__(self, api: Api, links: Links) -> None:
        self._api = api
        self._links = links

    def all(self) -> tuple[PipelineSummary, ...]:
        """Returns the pipelines of all pages, sorted by name."""
        rows = self._api.pages("cannot list the pipelines", PIPELINE, "pipelines")
        return tuple(sorted(map(self._summary, rows), key=lambda p: (p.name.lower(), p.name)))

    def find(self, name: str) -> Any:
        """Returns the pipeline of a name, or None; the server ignores case."""
        rows = self._api.pages(
            f"cannot look up the pipeline {name!r}",
            PIPELINE,
            "pipelines",
            filter=name_filter(name),
        )
        return find_named(rows, name)

    def versions(self, pipeline: Any, most: int = 0, **query: Any) -> Iterator[Any]:
        """Yields versions of a pipeline; see :meth:`Api.pages`."""
        return self._api.pages(
            f"cannot list the versions of the pipeline {pipeline.name!r}",
            VERSION,
            "versions",
            most,
            path="pipeline_versions",
            **{"resource_key.type": "PIPELINE", "resource_key.id": pipeline.id},
            **query,
        )

    def latest_version(self, pipeline: Any) -> Any:
        """Returns the version of a pipeline that was uploaded last."""
        rows = list(self.versions(pipeline, 10, sort_by="created_at desc"))
        if not rows:
            return pipeline.default_version
        newest = max((row.created_at for row in rows if row.created_at), default=None)
        last = [row for row in rows if row.created_at == newest] or rows
        # Times are in seconds; among the versions of one second, the default version is the latest.
        default = pipeline.default_version.id if pipeline.default_version else ""
        return next((row for row in last if row.id == default), last[0])

    def upload(
        self,
        workflow: Mapping[str, Any],
        name: str,
        version_name: Optional[str],
        description: str,
        force: bool,
    ) -> UploadedPipeline:
        """See :meth:`KubeflowClient.upload_pipeline`."""
        refuse_unstorable(
            pipeline_name=name, version_name=version_name or "", description=description
        )
        package = make_package(workflow, name, version_name, description)
        self._api.server  # noqa: B018 - checks the server
        pipeline = self.find(name)
        if pipeline is None:
            return self._create(package)
        latest = self.latest_version(pipeline)
        if not force and latest is not None and self._is_same(latest, package):
            return self._uploaded(UNCHANGED, pipeline, latest)
        return self._uploaded(NEW_VERSION, pipeline, self._add_version(pipeline, package))

    def _create(self, package: Package) -> UploadedPipeline:
        sent = self._encoded(package.name)
        try:
            created = self._post(package, sent)
        except ServerRefusedError:
            # Another client was faster, or an earlier attempt succeeded after all.
            pipeline = self.find(package.name)
            if pipeline is not None:
                return self._next_version(pipeline, package)
            if "%" not in package.name or sent != package.name:
                raise
            created = self._post(package, quote(package.name, safe=""))
        if created.name != package.name and created.name == unquote_plus(package.name):
            # This server decodes names twice, although its version does not suggest it. The pipeline
            # was just created by us, since the server refuses existing names.
            purpose = f"cannot give the pipeline {created.name!r} its name {package.name!r}"
            self._api.read(purpose, lambda: self._api.rest.delete("pipelines", created.id))
            created = self._post(package, quote(package.name, safe=""))
        return self._uploaded(CREATED, created, created.default_version)

    def _post(self, package: Package, sent_name: str) -> Any:
        purpose = f"cannot upload the pipeline {package.name!r}"

        def create() -> Any:
            return self._api.rest.upload(
                PIPELINE,
                package.yaml,
                "pipelines",
                "upload",
                name=sent_name,
                description=self._encoded(package.description) or None,
            )

        created = self._api.write(purpose, create, lambda: self.find(package.name), repeatable=True)
        required(created.id, "id of a pipeline", purpose)
        return created

    def _next_version(self, pipeline: Any, package: Package) -> UploadedPipeline:
        latest = self.latest_version(pipeline)
        if latest is not None and self._is_same(latest, package):
            return self._uploaded(CREATED, pipeline, latest)
        return self._uploaded(NEW_VERSION, pipeline, self._add_version(pipeline, package))

    def _add_version(self, pipeline: Any, package: Package) -> Any:
        purpose = f"cannot upload a version of the pipeline {pipeline.name!r}"

        def create() -> Any:
            return self._api.rest.upload(
                VERSION,
                package.yaml,
                "pipelines",
                "upload_version",
                name=self._encoded(package.version_name),
                pipelineid=pipeline.id,
                description=self._encoded(package.description) or None,
            )

        def find() -> Any:
            rows = self.versions(pipeline, filter=name_filter(package.version_name))
            return find_named(rows, package.version_name)

        created = self._api.write(purpose, create, find, repeatable=True)
        required(created.id, "id of a version", purpose)
        return created

    def _encoded(self, text: str) -> str:
        """Encodes a string once more for servers of 1.x, which decode it twice."""
        twice = self._api.server.version.lstrip("v").startswith("1.")
        return quote(text, safe="") if twice and ("%" in text or "+" in text) else text

    def _is_same(self, version: Any, package: Package) -> bool:
        """Returns whether a version is the same workflow; one that cannot be read is not."""
        purpose = f"cannot read the version {version.name!r} of the pipeline {package.name!r}"
        try:
            answer = self._api.read(
                purpose,
                lambda: self._api.rest.get(TEMPLATE, "pipeline_versions", version.id, "templates"),
            )
        except (ServerUnreachableError, AuthenticationError):
            raise
        except ServerError as err:
            # The server's object store may have lost it; that must not prevent an upload.
            logger.warning("%s, so the workflow is uploaded again", err)
            return False
        try:
            theirs = yaml.load(answer.template or "", Loader=_LOADER)
        except yaml.YAMLError:
            return False
        return isinstance(theirs, dict) and same_workflow(package.workflow, theirs)

    def _summary(self, row: Any) -> PipelineSummary:
        version = row.default_version
        return PipelineSummary(
            pipeline_id=row.id or "",
            name=row.name or "",
            description=row.description or "",
            created_at=row.created_at.isoformat() if row.created_at else "",
            version_id=(version.id or "") if version else "",
            version_name=(version.name or "") if version else "",
            link=self._links.pipeline(row.id or ""),
        )

    def _uploaded(self, action: str, pipeline: Any, version: Any) -> UploadedPipeline:
        version_id = version.id if version else pipeline.id
        return UploadedPipeline(
            action=action,
            pipeline_id=pipeline.id,
            pipeline_name=pipeline.name or "",
            version_id=version_id,
            version_name=(version.name or "") if version else "",
            link=self._links.pipeline(pipeline.id, version_id),
        )
