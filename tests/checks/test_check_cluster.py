"""``kedro kubeflow check`` on what the cluster has to give: volumes, machines, the peak of requests, and limits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from test_check import DIAMOND, RAW, findings

from projects import KEDRO, Project

Make = Callable[..., Project]


def configured(made: Project, run_config: dict[str, Any], code: int = 0) -> dict[str, Any]:
    """What ``check`` finds with other keys under ``run_config``."""
    made.write(
        "conf/base/kubeflow.yaml", {"run_config": {"image": "a:1", "volume": {}, **run_config}}
    )
    return findings(made, code=code)


def required(*expressions: dict[str, Any]) -> dict[str, Any]:
    terms = {"nodeSelectorTerms": [{"matchExpressions": [item]} for item in expressions]}
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}


def test_a_volume_for_one_machine_and_steps_for_several(project: Make) -> None:
    made = project(
        DIAMOND,
        catalog=RAW,
        run_config={"node_selectors": {"__default__": {"pool": "cpu"}, "gpu": {"pool": "gpu"}}},
    )
    found = findings(made)["volume-on-several-machines"]
    assert "step 'left'" not in found["where"]  # five steps are too many to name
    assert "  pool=gpu: step 'left'" in found["message"]
    assert "  pool=cpu: steps 'data-volume-init', 'first', 'right' and 1 more" in found["message"]
    assert "may run at the same time, and then one of them waits" in found["message"]
    # One after the other, the disk may follow.
    selectors = {"gpu": {"disk": "fast"}, "last": {"pool": "gpu"}, "first": {"pool": "cpu"}}
    found = configured(made, {"node_selectors": selectors})["volume-on-several-machines"]
    assert found["where"].endswith("run_config.volume: steps 'first', 'last'")
    assert "They run one after the other" in found["message"]
    # What a machine can all be is no contradiction, nor is a volume that several may mount.
    for run_config in (
        {"node_selectors": {"gpu": {"disk": "fast"}, "right": {"pool": "gpu"}}},
        {"node_selectors": selectors, "volume": {"access_modes": ["ReadWriteMany"]}},
        {
            "node_selectors": {"right": {"pool": "gpu"}},
            "affinity": {
                "gpu": required(
                    {"key": "pool", "operator": "In", "values": ["cpu"]},
                    {"key": "pool", "operator": "NotIn", "values": ["cpu"]},
                )
            },
        },
    ):
        assert set(configured(made, run_config)) == {"peak"}, run_config


def test_affinity_that_parts_steps_or_contradicts_itself(project: Make) -> None:
    affinity = {
        "left": required({"key": "pool", "operator": "DoesNotExist"}),
        "last": required({"key": "zone", "operator": "NotIn", "values": ["a"]}),
    }
    selectors = {"right": {"pool": "gpu"}, "last": {"zone": "a"}}
    run_config = {"affinity": affinity, "node_selectors": selectors}
    found = findings(project(DIAMOND, catalog=RAW, run_config=run_config))
    assert set(found) == {"no-machine", "volume-on-several-machines", "peak"}
    assert found["no-machine"]["where"].endswith("run_config.affinity: step 'last'")
    assert found["volume-on-several-machines"]["where"].endswith(": steps 'left', 'right'")


def test_the_peak_of_requests(project: Make) -> None:
    """Steps side by side add up; those that wait for each other, the volume's and the last one do not."""
    resources = {
        "__default__": {"cpu": "500m", "memory": "1Gi"},
        "left": {"cpu": 2, "memory": "3Gi", "nvidia.com/gpu": 1},
        "right": {"limits": {"nvidia.com/gpu": 2}, "requests": {"nvidia.com/gpu": 2}},
        "last": {"memory": "1536Mi"},
        "on-exit-bye": {"cpu": 8},
    }
    run_config = {"resources": resources, "on_exit_pipeline": "bye"}
    catalog = {**RAW, "report": {"type": "shop.datasets.JSONFile", "filepath": "s3://b/r.json"}}
    made = project(DIAMOND, catalog=catalog, run_config=run_config)
    assert findings(made)["peak"]["message"] == (
        "at most 2 of 6 pods at the same time, which request at most 8 cpu, 4.5Gi memory, 3 nvidia.com/gpu "
        "(upper bounds)"
    )
    assert configured(made, {**run_config, "parallelism": 1})["peak"]["message"] == (
        "at most 1 of 6 pods at the same time, with run_config.parallelism 1, which request at most 8 cpu, 3Gi memory, "
        "2 nvidia.com/gpu (upper bounds)"
    )


def test_a_volume_for_one_pod(project: Make) -> None:
    volume = {"access_modes": ["ReadWriteOncePod"]}
    found = findings(project(DIAMOND, catalog=RAW, run_config={"volume": volume}))
    assert "up to 2 steps that could run in parallel" in found["one-pod-at-a-time"]["message"]


def test_parameters_near_and_over_their_limit(project: Make) -> None:
    made = project(parameters={"factor": 1, "big": "x" * 7_900, "small": "y" * 100})
    found = findings(made)["parameters-near-limit"]
    assert found["where"].endswith("run_config.parameters")
    assert "The largest: big (7,9" in found["message"]
    assert "bytes), small (1" in found["message"]
    made.write("conf/base/parameters.yml", {"factor": 1, "big": "x" * 9_990})
    found = findings(made, code=1)
    assert set(found) == {"parameters-too-large", "peak"}
    made.write("conf/base/parameters.yml", {"factor": 1, "big": "x" * 7_000})
    assert set(findings(made)) == {"peak"}


WIDE = """
def take(*values):
    return 1


def register_pipelines():
    from kedro.pipeline import pipeline

    steps = [
        node(take, "raw" if not n % 40 else f"{n - 1}" + "d" * 50, f"{n}" + "d" * 50, name=f"step-{n}" + "n" * 400,
             namespace=f"part{n // 40}", tags=["group.all"] if n else [])
        for n in range(%d)
    ]
    return {"__default__": Pipeline(steps)}
"""


def test_workflows_and_templates_that_are_too_large(project: Make) -> None:
    """What would fit has been compiled: with the strategy that is named, it compiles."""
    made = project(WIDE.replace("%d", "1000"), catalog=RAW)
    found = findings(made, code=1)
    assert set(found) == {"workflow-too-large", "peak"}
    message = found["workflow-too-large"]["message"]
    assert "Argo accepts at most 1,048,576" in message
    assert "These fit:\n" in message
    fitting = [line.split()[1] for line in message.splitlines() if line.startswith("  node_merge")]
    assert fitting == ["full", "memory", "namespace"]
    one_group = configured(made, {"node_merge_strategy": "tag"}, 1)
    assert one_group["template-too-large"]["where"] == "step 'all'"


FILES = """
def take(raw):
    return raw


def register_pipelines():
    return {"__default__": Pipeline([node(take, "raw", f"file{n}", name=f"n{n}") for n in range(700)])}
"""


def test_one_group_that_saves_many_files(project: Make) -> None:
    """Its template grows with each file: the message names the key that leaves them out, and that works."""
    path = "data/{name}" + "x" * 150 + ".json"
    catalog = {**RAW, "{name}": {"type": "shop.datasets.JSONFile", "filepath": path}}
    if KEDRO < (0, 18, 12):
        pytest.skip("dataset factories came with Kedro 0.18.12")
    made = project(FILES, catalog=catalog, run_config={"node_merge_strategy": "full"})
    refused = made.kubeflow("compile", check=False)
    assert refused.returncode == 1
    assert "set run_config.store_kedro_outputs_as_kfp_artifacts: false" in refused.stderr
    found = configured(
        made,
        {"node_merge_strategy": "full", "store_kedro_outputs_as_kfp_artifacts": False},
    )
    assert "template-too-large" not in found
