"""A ``kubeflow.yaml`` made for the plugin that had this name before loads, and means what it meant there.

The keys, their values and the names of the steps are those of that plugin's documentation. Each test is about what
it said of one of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from kedro_kubeflow.argo.template_defaults import merge_template_defaults
from kfp_server import KfpServer
from projects import Project, make_project

Run = Callable[..., Project]

SAMPLE = """\
host: https://kubeflow.example.com/pipelines
run_config:
  image: kubeflow-plugin-demo
  image_pull_policy: IfNotPresent
  experiment_name: Kubeflow Plugin Demo [${branch_name|local}]
  run_name: Kubeflow Plugin Demo Run ${pipeline_name} ${branch_name|local} ${commit_id|local}
  scheduled_run_name: Kubeflow Plugin Demo Recurring Run ${pipeline_name}
  description: Very Important Pipeline
  wait_for_completion: False
  ttl: 604800
  # on_exit_pipeline: notify_via_slack
  #max_cache_staleness: P0D
  #store_kedro_outputs_as_kfp_artifacts: True
  #node_merge_strategy: none
  volume:
    storageclass: # default
    size: 1Gi
    #access_modes: [ReadWriteMany]
    skip_init: False
    owner: 0
    keep: False

  tolerations:
    __default__:
    - key: "dedicated"
      operator: "Equal"
      value: "ml-ops"
      effect: "NoSchedule"
    node_a:
    - key: "dedicated"
      operator: "Equal"
      value: "gpu_workload"
      effect: "NoSchedule"
  extra_volumes:
    tensorflow_step:
    - mount_path: /dev/shm
      volume:
        name: shared_memory
        empty_dir:
          cls: V1EmptyDirVolumeSource
          params:
            medium: Memory
  resources:
    data_import_step:
      memory: 2Gi
    model_training:
      cpu: 8
      memory: 1Gi
    tensorflow_step:
      nvidia.com/gpu: 1
    __default__:
      cpu: 1
      memory: 1Gi
  retry_policy:
    wait_for_partition_availability:
      num_retries: 90
      backoff_duration: 5m
      backoff_factor: 1
    __default__:
      num_retries: 4
      backoff_duration: 60s
      backoff_factor: 2
"""

REGISTRY = """
def join(*values):
    return list(values)


def register_pipelines():
    return {
        "__default__": Pipeline([
            node(join, "raw", "waited", name="wait_for_partition_availability"),
            node(join, "waited", "imported", name="data_import_step"),
            node(join, ["imported", "params:region"], "a", name="node_a"),
            node(join, "a", "model", name="model_training"),
            node(join, "model", "scores", name="tensorflow_step"),
        ]),
        "notify_via_slack": Pipeline([node(join, ["params:status", "params:failures"], "sent", name="notify")]),
    }
"""

CATALOG = {
    "raw": {"type": "shop.datasets.JSONFile", "filepath": "data/01_raw/raw.json"},
    "imported": {
        "type": "shop.datasets.JSONFile",
        "filepath": "data/02_intermediate/imported.json",
    },
    "scores": {"type": "shop.datasets.JSONFile", "filepath": "data/08_reporting/scores.json"},
    "sent": {"type": "shop.datasets.JSONFile", "filepath": "data/08_reporting/sent.json"},
}

NODES = (
    "wait_for_partition_availability",
    "data_import_step",
    "node_a",
    "model_training",
    "tensorflow_step",
)


def project_with(kubeflow: str, folder: Path, settings: str = "") -> Project:
    made = make_project(
        folder / "shop",
        REGISTRY,
        CATALOG,
        {"region": "north"},
        settings=settings,
        files={"data/01_raw/raw.json": "[1]"},
    )
    # As text: what a YAML writer makes of it is another file.
    (made.path / "conf/base/kubeflow.yaml").write_text(kubeflow, encoding="utf-8")
    return made


@pytest.fixture
def sample(tmp_path: Path) -> Run:
    """Makes a project with the sample, in which texts have been put in the place of others."""

    def make(*changes: tuple[str, str], settings: str = "") -> Project:
        text = SAMPLE
        for old, new in changes:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        return project_with(text, tmp_path, settings)

    return make


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The workflow that the sample gives as it stands; not to be changed."""
    made = project_with(SAMPLE, tmp_path_factory.mktemp("compiled"))
    process = made.kubeflow("compile")
    output = process.stdout + process.stderr
    assert "run_config" not in output, "something in it is warned of"
    workflow: dict[str, Any] = yaml.safe_load((made.path / "pipeline.yml").read_text("utf-8"))
    return workflow


def steps(workflow: dict[str, Any]) -> dict[str, Any]:
    """What Argo runs, by the name that Kubeflow shows."""
    spec = workflow["spec"]
    merged = (merge_template_defaults(spec["templateDefaults"], item) for item in spec["templates"])
    return {shown_name(item): item for item in merged if "container" in item}


def shown_name(template: dict[str, Any]) -> str:
    annotations = template.get("metadata", {}).get("annotations", {})
    return str(annotations.get("pipelines.kubeflow.org/task_display_name", template["name"]))


def claim(workflow: dict[str, Any]) -> dict[str, Any]:
    (made,) = [item["resource"] for item in workflow["spec"]["templates"] if "resource" in item]
    return {**made, "manifest": yaml.safe_load(made["manifest"])}


def test_each_node_is_a_step_with_the_image_and_the_volume(compiled: dict[str, Any]) -> None:
    made = steps(compiled)

    assert set(made) == {*NODES, "data-volume-init"}
    for step in made.values():
        assert step["container"]["image"] == "kubeflow-plugin-demo"
        assert step["container"]["imagePullPolicy"] == "IfNotPresent"
        assert step["container"]["securityContext"] == {"runAsUser": 0}
    for name in NODES:
        mounts = {item["name"] for item in made[name]["container"]["volumeMounts"]}
        assert "data-volume" in mounts
    assert set(compiled["spec"]["ttlStrategy"].values()) == {604800}
    assert "onExit" not in compiled["spec"]


def test_tolerations_of_all_and_of_one(compiled: dict[str, Any]) -> None:
    made = steps(compiled)
    general = {"key": "dedicated", "operator": "Equal", "value": "ml-ops", "effect": "NoSchedule"}

    assert made["node_a"]["tolerations"] == [{**general, "value": "gpu_workload"}]
    for name in {*made} - {"node_a"}:
        assert made[name]["tolerations"] == [general]


def test_resources_are_reservations_and_limits_completed_from_the_default(
    compiled: dict[str, Any],
) -> None:
    made = steps(compiled)
    expected = {
        "data_import_step": {"cpu": "1", "memory": "2Gi"},
        "model_training": {"cpu": "8", "memory": "1Gi"},
        "tensorflow_step": {"cpu": "1", "memory": "1Gi", "nvidia.com/gpu": "1"},
        "node_a": {"cpu": "1", "memory": "1Gi"},
        "wait_for_partition_availability": {"cpu": "1", "memory": "1Gi"},
    }

    for name, amounts in expected.items():
        assert made[name]["container"]["resources"] == {"requests": amounts, "limits": amounts}


def test_retries_of_all_and_of_one(compiled: dict[str, Any]) -> None:
    made = steps(compiled)

    patient = made["wait_for_partition_availability"]["retryStrategy"]
    assert patient["limit"] == 90
    assert patient["backoff"] == {"duration": "5m", "factor": 1}
    for name in NODES[1:]:
        assert made[name]["retryStrategy"]["limit"] == 4
        assert made[name]["retryStrategy"]["backoff"] == {"duration": "60s", "factor": 2}


def test_a_volume_in_memory_for_one_step(compiled: dict[str, Any]) -> None:
    made = steps(compiled)

    # `shared_memory`, as the documentation has it, is no name that Kubernetes takes.
    assert made["tensorflow_step"]["volumes"] == [
        {"name": "shared-memory", "emptyDir": {"medium": "Memory"}}
    ]
    assert {"mountPath": "/dev/shm", "name": "shared-memory"} in made["tensorflow_step"][
        "container"
    ]["volumeMounts"]
    assert not any("volumes" in made[name] for name in {*made} - {"tensorflow_step"})


NESTED = """
    node_a:
    - mount_path: /etc/cert
      volume:
        name: certificates
        projected:
          cls: V1ProjectedVolumeSource
          params:
            default_mode: 0440
            sources:
            - cls: V1VolumeProjection
              params:
                secret:
                  cls: V1SecretProjection
                  params:
                    name: tls
                    items:
                    - cls: V1KeyToPath
                      params: {key: tls.crt, path: server.crt}
    - mount_path: /host
      volume:
        name: host
        host_path:
          cls: V1HostPathVolumeSource
          params: {path: /var/data}
"""


def test_objects_and_lists_of_objects_in_the_volumes_of_a_step(
    sample: Run, compiled: dict[str, Any]
) -> None:
    made = steps(sample(("  extra_volumes:\n", f"  extra_volumes:{NESTED.rstrip()}\n")).compile())

    assert made["tensorflow_step"] == steps(compiled)["tensorflow_step"]
    assert made["node_a"]["volumes"] == [
        {
            "name": "certificates",
            "projected": {
                "defaultMode": 0o440,
                "sources": [
                    {"secret": {"name": "tls", "items": [{"key": "tls.crt", "path": "server.crt"}]}}
                ],
            },
        },
        {"name": "host", "hostPath": {"path": "/var/data"}},
    ]


def test_the_volume(compiled: dict[str, Any]) -> None:
    made = claim(compiled)

    assert made["setOwnerReference"] is True, "it would stay when the workflow goes after its ttl"
    # An empty storage class is the cluster's default; "" would be none at all.
    assert made["manifest"]["spec"] == {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "1Gi"}},
    }
    assert "volume-init" in steps(compiled)["data-volume-init"]["container"]["command"]


def test_the_volume_otherwise(sample: Run) -> None:
    workflow = sample(
        ("storageclass: # default", "storageclass: fast"),
        ("size: 1Gi", "size: 1.5Ti"),
        ("#access_modes", "access_modes"),
        ("skip_init: False", "skip_init: True"),
        ("owner: 0", "owner: 1000"),
        ("keep: False", "keep: True"),
    ).compile()
    made = claim(workflow)

    assert not made.get("setOwnerReference")
    assert made["manifest"]["spec"] == {
        "storageClassName": "fast",
        "accessModes": ["ReadWriteMany"],
        "resources": {"requests": {"storage": "1.5Ti"}},
    }
    assert set(steps(workflow)) == set(NODES)
    for step in steps(workflow).values():
        assert step["container"]["securityContext"] == {"runAsUser": 1000}


def test_no_volume_is_asked_for_and_none_is_made(sample: Run) -> None:
    start, end = SAMPLE.index("  volume:\n"), SAMPLE.index("  tolerations:")
    workflow = sample(
        (SAMPLE[start:end], ""),
        ("#node_merge_strategy: none", "node_merge_strategy: full"),
        ("data_import_step:\n", "pipeline:\n"),
    ).compile()

    assert set(steps(workflow)) == {"pipeline"}
    assert not any("resource" in item for item in workflow["spec"]["templates"])


def test_all_nodes_in_one_step(sample: Run) -> None:
    made = steps(sample(("#node_merge_strategy: none", "node_merge_strategy: full")).compile())

    assert set(made) == {"pipeline", "data-volume-init"}
    step = made["pipeline"]
    assert "--nodes" not in step["container"]["args"], "without it, all of them run"
    # What any of its nodes needs, the step has.
    assert step["container"]["resources"]["limits"] == {
        "cpu": "8",
        "memory": "2Gi",
        "nvidia.com/gpu": "1",
    }
    assert step["retryStrategy"]["limit"] == 90


def test_caching_and_artifacts(sample: Run, compiled: dict[str, Any]) -> None:
    on = steps(compiled)
    key = "pipelines.kubeflow.org/max_cache_staleness"
    shown = {item["name"] for item in on["data_import_step"]["outputs"]["artifacts"]}

    assert shown == {"imported"}
    assert key not in on["node_a"]["metadata"]["annotations"]
    assert on["data-volume-init"]["metadata"]["annotations"][key] == "P0D"

    off = steps(
        sample(
            ("#max_cache_staleness", "max_cache_staleness"),
            (
                "#store_kedro_outputs_as_kfp_artifacts: True",
                "store_kedro_outputs_as_kfp_artifacts: False",
            ),
        ).compile()
    )
    assert not any(step.get("outputs", {}).get("artifacts") for step in off.values())
    assert all(step["metadata"]["annotations"][key] == "P0D" for step in off.values())


@pytest.mark.parametrize("broken", [False, True])
def test_the_exit_pipeline_runs_last_whatever_happened(sample: Run, broken: bool) -> None:
    made = sample(
        ("# on_exit_pipeline", "on_exit_pipeline"),
        # Else a step that cannot work is tried for as long as its policy says.
        ("num_retries: 4", "num_retries: 0"),
        ("num_retries: 90", "num_retries: 0"),
    )
    if broken:
        made.write("data/01_raw/raw.json", "not JSON")
    process = made.kubeflow("run-local", "-o", "out", check=False)

    assert (process.returncode != 0) == broken, process.stdout
    (volume,) = (made.path / "out/volumes").iterdir()
    status, failures = json.loads((volume / "08_reporting/sent.json").read_text())
    assert status == ("Failed" if broken else "Succeeded")
    failed = {item["displayName"] for item in failures if item["phase"] == "Failed"}
    assert ("wait-for-partition-availability" in failed) == broken
    if not broken:
        assert json.loads((volume / "08_reporting/scores.json").read_text())


@pytest.mark.parametrize("loader", ["", "EnvTemplatedConfigLoader"])
def test_placeholders_in_names(sample: Run, loader: str) -> None:
    settings = (
        f"from kedro_kubeflow.context_helper import {loader}\n\nCONFIG_LOADER_CLASS = {loader}\n"
        if loader
        else ""
    )
    with KfpServer("1.8.5") as server:
        made = sample(
            ("https://kubeflow.example.com/pipelines", server.url),
            ("image: kubeflow-plugin-demo", "image: kubeflow-plugin-demo:${commit_id|dirty}"),
            ("Very Important Pipeline", "Very ${importance} Pipeline"),
            settings=settings,
        )
        made.kubeflow("run-once", KEDRO_CONFIG_IMPORTANCE="Important")
        made.kubeflow(
            "run-once",
            KEDRO_CONFIG_IMPORTANCE="Important",
            KEDRO_CONFIG_BRANCH_NAME="main",
            KEDRO_CONFIG_COMMIT_ID="abc123",
        )
        names = [call.json["name"] for call in server.received.matching("POST", "/experiments")]
        runs = [call.json for call in server.received.matching("POST", "/runs")]

    assert names == ["Kubeflow Plugin Demo [local]", "Kubeflow Plugin Demo [main]"]
    assert [run["name"] for run in runs] == [
        "Kubeflow Plugin Demo Run __default__ local local",
        "Kubeflow Plugin Demo Run __default__ main abc123",
    ]
    assert [run["description"] for run in runs] == ["Very Important Pipeline"] * 2
    images = [image_of(json.loads(run["pipeline_spec"]["workflow_manifest"])) for run in runs]
    assert images == ["kubeflow-plugin-demo:dirty", "kubeflow-plugin-demo:abc123"]


def image_of(workflow: dict[str, Any]) -> str:
    (image,) = {step["container"]["image"] for step in steps(workflow).values()}
    return str(image)


def test_names_from_parameters_waiting_and_the_schedule(sample: Run) -> None:
    with KfpServer("1.8.5") as server:
        made = sample(
            ("https://kubeflow.example.com/pipelines", server.url),
            ("${branch_name|local} ${commit_id|local}", "{region}"),
            ("Recurring Run ${pipeline_name}", "Recurring Run ${pipeline_name} {region}"),
            ("wait_for_completion: False", "wait_for_completion: True"),
        )
        ran = made.kubeflow("run-once", "--param", "region:south", CI="true")
        made.kubeflow("upload-pipeline")
        scheduled = made.kubeflow("schedule", "--cron-expression", "0 0 4 * * *")
        listed = made.kubeflow("list-pipelines")

    assert "Run 'Kubeflow Plugin Demo Run __default__ south' submitted" in ran.stdout
    assert "tensorflow_step: Succeeded" in ran.stdout
    assert (
        "Recurring run 'Kubeflow Plugin Demo Recurring Run __default__ north'" in scheduled.stdout
    )
    assert "[Shop Floor] __default__ (env: local)" in listed.stdout
