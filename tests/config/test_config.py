"""What ``kubeflow.yaml`` may say, and what is said to whoever wrote something else."""

from __future__ import annotations

import datetime as dt
import warnings
from pathlib import Path
from typing import Any

import pytest
import yaml

from kedro_kubeflow.config.config_files import ConfigFiles, read_config_files
from kedro_kubeflow.config.run_config import parse_config
from kedro_kubeflow.errors import ConfigError
from kedro_kubeflow.project.placeholders import Substitutions

FILE = "conf/base/kubeflow.yaml"


def parse(run_config: Any) -> Any:
    values = {"run_config": run_config}
    return parse_config(ConfigFiles(values, {"run_config": FILE}, FILE)).run_config


def substitutions(**environ: str) -> Substitutions:
    return Substitutions(
        environ, {"pipeline_name": "__default__", "bucket": "gs://b"}, {"g": {"x": 5}}, {}
    )


def write(folder: Path, text: str, name: str = FILE) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def read(folder: Path, env: str = "local", soft: bool = False, **environ: str) -> ConfigFiles:
    conf = folder / "conf"
    return read_config_files(folder, (conf / "base", conf / env), substitutions(**environ), soft)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"volum": {}}, "run_config.volum: there is no such key; did you mean 'volume'?"),
        (
            {"volume": {"sise": 1}},
            "run_config.volume.sise: there is no such key; did you mean 'size'?",
        ),
        ({"ttl": "soon"}, "run_config.ttl: this must be an integer"),
        ({"image": ["a"]}, "run_config.image: this must be a string"),
        ({"image": None}, "run_config.image: this key is required"),
        ({"image": "Project:1"}, "run_config.image: 'Project:1' is not a valid image name"),
        ({"image": "https://registry.example.com/project"}, "run_config.image: 'https://"),
        ({"image": "project:"}, "run_config.image: 'project:' is not a valid image name"),
        (
            {"images": {"train": "project 1"}},
            "run_config.images.train: 'project 1' is not a valid image",
        ),
        (
            {"cron_expression": "0 4 * * *"},
            "run_config.cron_expression: cron expression '0 4 * * *': it has five fields, and Kubeflow would",
        ),
        ({"start_date": dt.datetime(2026, 1, 31, 4)}, "run_config.start_date: 2026-01-31 04:00:00"),
        ({"start_date": "2026-01-31T04:00:00+02:00"}, "contains a time; write only the date"),
        ({"start_date": 2026131}, "run_config.start_date: 2026131 is not a valid date"),
        ({"start_date": "2026-02-30"}, "run_config.start_date: '2026-02-30' is not a valid date"),
        ({"start_date": "31.1.2026"}, "run_config.start_date: '31.1.2026' is not a valid date"),
        (
            {"host_aliases": [{"ip": "10.0.0", "hostnames": ["db.example.com"]}]},
            "run_config.host_aliases[0].ip: '10.0.0' is not an IP address",
        ),
        (
            {"host_aliases": [{"ip": "fe80::1%eth0", "hostnames": ["db.example.com"]}]},
            "run_config.host_aliases[0].ip: 'fe80::1%eth0' is not an IP address; write it like 10.0.0.1",
        ),
        (
            {"secrets": [{"secret": "s", "key": "..", "deploy_target": "A"}]},
            "run_config.secrets[0].key: '..' is not a valid Kubernetes key",
        ),
        (
            {"host_aliases": [{"ip": "10.0.0.1", "hostnames": ["db", "my_db"]}]},
            "run_config.host_aliases[0].hostnames[1]: 'my_db' is not a valid Kubernetes name",
        ),
        (
            {"secrets": [{"secret": "s", "key": "a b", "deploy_target": "A"}]},
            "run_config.secrets[0].key: 'a b' is not a valid Kubernetes key",
        ),
        (
            {
                "secrets": [
                    {"secret": "s", "deploy_type": "volume", "deploy_target": "/home/kedro/"}
                ]
            },
            "run_config.secrets[0].deploy_target: '/home/kedro/' would hide the project in '/home/kedro'",
        ),
        (
            {
                "project_path": "/opt/shop",
                "secrets": [{"secret": "s", "deploy_type": "volume", "deploy_target": "/opt"}],
            },
            "run_config.secrets[0].deploy_target: '/opt' would hide the project in '/opt/shop'",
        ),
        (
            {"config_maps": [{"config_map": "c", "key": "a/b"}]},
            "run_config.config_maps[0].key: 'a/b' is not a valid Kubernetes key",
        ),
        ({"image_pull_policy": "always"}, "did you mean 'Always'?"),
        ({"volume": {"keep": "perhaps"}}, "run_config.volume.keep: this must be true or false"),
        ({"volume": {"access_modes": ["ReadWriteMini"]}}, "did you mean 'ReadWriteMany'?"),
        (
            {"volume": {"size": "big"}},
            "run_config.volume.size: 'big' is not a valid Kubernetes quantity",
        ),
        (
            {"tolerations": {"train": [{"effect": "NoShedule"}]}},
            "effect: 'NoShedule' is not one of NoSchedule, PreferNoSchedule, NoExecute — did you mean 'NoSchedule'?",
        ),
        ({"tolerations": {"train": {"effect": "NoSchedule"}}}, "run_config.tolerations.train: "),
        ({"tolerations": ["train"]}, "run_config.tolerations: ['train'] is not a mapping of steps"),
        (
            {"tolerations": {"train": [{"efect": "NoSchedule"}]}},
            "run_config.tolerations.train[0].efect: there is no such key; did you mean 'effect'?",
        ),
        (
            {"resources": {"train": {"memory": "1 Gi"}}},
            "run_config.resources.train.memory: '1 Gi' is no",
        ),
        (
            {"resources": {"train": {"limits": {"cpu": "x"}}}},
            "run_config.resources.train.limits.cpu: 'x' is",
        ),
        (
            {"retry_policy": {"a": {"backoff_duration": "5 minutes"}}},
            "retry_policy.a.backoff_duration: '5 min",
        ),
        ({"retry_policy": {"a": {"num_retrys": 2}}}, "did you mean 'num_retries'?"),
        (
            {"max_cache_staleness": "1 day"},
            "run_config.max_cache_staleness: '1 day' is not a valid ISO 8601 duration",
        ),
        ({"node_merge_strategy": "fulll"}, "did you mean 'full'?"),
        ({"root": "bucket/folder"}, "run_config.root: 'bucket/folder' has no protocol"),
        ({"project_path": "home"}, "run_config.project_path: 'home' is not the absolute path"),
        ({"timeout": {"train": "1h"}}, "run_config.timeout.train: '1h' is not a number of seconds"),
        (
            {"affinity": {"train": {"nodeAfinity": {}}}},
            "has no such key; did you mean 'nodeAffinity'?",
        ),
        ({"labels": {"train": {"a": ["b"]}}}, "run_config.labels.train.a: ['b'] is not a string"),
        (
            {
                "extra_volumes": {
                    "a": [
                        {"mount_path": "/x", "volume": {"name": "x", "nfs": {"cls": "os.system"}}}
                    ]
                }
            },
            "run_config.extra_volumes.a[0].volume.nfs.cls: 'os.system' is not a class of kubernetes.client",
        ),
        (
            {
                "extra_volumes": {
                    "a": [
                        {"mount_path": "/x", "volume": {"name": "x", "nfs": {"cls": "ApiClient"}}}
                    ]
                }
            },
            "'ApiClient' is not a class of kubernetes.client",
        ),
        (
            {
                "extra_volumes": {
                    "a": [{"mount_path": "/x", "volume": {"name": "x", "nfs": {"cls": "V1Pod"}}}]
                }
            },
            "'V1Pod' is not allowed here; Kubernetes expects a V1NFSVolumeSource",
        ),
        (
            {"extra_volumes": {"a": [{"volume": {"name": "x"}}]}},
            "extra_volumes.a[0].mount_path: this key is req",
        ),
        (
            {"secrets": [{"secret": "db", "key": "k"}]},
            "run_config.secrets[0].deploy_target: with a key",
        ),
        ({"ttl": 1.5}, "run_config.ttl: this must be an integer"),
        ({"ttl": True}, "run_config.ttl: this must be an integer"),
        ({"image": 3}, "run_config.image: this must be a string, not 3; put it in quotes"),
        ({"image": " "}, "run_config.image: this must be the name of an image"),
        ({"volume": {"owner": 1.5}}, "run_config.volume.owner: this must be an integer"),
        (
            {"volume": {"size": "-1Gi"}},
            "run_config.volume.size: '-1Gi' is not a valid Kubernetes quantity",
        ),
        ({"volume": {"size": 0}}, "run_config.volume.size: 0 is not a valid volume size"),
        (
            {"volume": {"access_modes": []}},
            "run_config.volume.access_modes: this must name at least one",
        ),
        (
            {"volume": {"storageclass": "Not So"}},
            "run_config.volume.storageclass: 'Not So' is not a valid Kubernetes name",
        ),
        (
            {"resources": {"a": {"cpu": -1}}},
            "run_config.resources.a.cpu: -1 is not a valid Kubernetes quantity",
        ),
        (
            {"retry_policy": {"a": {"num_retries": 1.7}}},
            "retry_policy.a.num_retries: this must be an integer",
        ),
        ({"tolerations": {"a": [{"operator": "Equal"}]}}, "tolerations.a[0].key: without a key"),
        (
            {"tolerations": {"a": [{"operator": "Exists", "value": "x"}]}},
            "tolerations.a[0].value: the operator Exists has no value",
        ),
        (
            {"labels": {"a": {"bad key!": "x"}}},
            "run_config.labels.a.bad key!: 'bad key!' is not a valid name",
        ),
        ({"labels": {"a": {"b": "x" * 64}}}, "is not a valid label: at most 63"),
        (
            {"extra_volumes": {"a": [{"mount_path": "/x", "volume": {"name": "data-volume"}}]}},
            "extra_volumes.a[0].volume.name: 'data-volume' is the name of one of this plugin's own volumes",
        ),
        (
            {"service_account_name": "not so"},
            "run_config.service_account_name: 'not so' is not a valid Kubernetes name",
        ),
        (
            {"secrets": [{"secret": "Not So"}]},
            "run_config.secrets[0].secret: 'Not So' is not a valid Kubernetes name",
        ),
        (
            {"host_aliases": [{"hostnames": ["a"]}]},
            "run_config.host_aliases[0].ip: this key is required",
        ),
        ({"start_date": "soon"}, "run_config.start_date: 'soon' is not a valid date"),
        ({"parameters": ["a", 1]}, "run_config.parameters[1]: this must be a name, not 1"),
    ],
)
def test_mistakes_are_named_with_their_place(change: dict[str, Any], message: str) -> None:
    values = {key: value for key, value in {"image": "x", **change}.items() if value is not None}
    with pytest.raises(ConfigError) as caught:
        parse(values)
    assert f"{FILE}: run_config." in str(caught.value)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"parameters": "some"}, "parameters"),
        ({"parameters": None}, "parameters"),
        ({"parameters": {"a": "b"}}, "parameters"),
        ({"parameters": [["a"]]}, "parameters[0]"),
        ({"secrets": [{"secret": "s", "key": "a b", "deploy_target": "A"}]}, "secrets[0].key"),
        ({"secrets": [{"secret": "s", "key": 1, "deploy_target": "A"}]}, "secrets[0].key"),
        (
            {"config_maps": [{"config_map": "c", "key": "?", "deploy_type": "param"}]},
            "config_maps[0].key",
        ),
    ],
)
def test_one_mistake_has_one_message(change: dict[str, Any], place: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse({"image": "x", **change})
    (line,) = str(caught.value).splitlines()
    assert line.startswith(f"{FILE}: run_config.{place}: ")


@pytest.mark.parametrize(
    "name",
    [
        "python",
        "python:3.10-slim",
        "localhost:5000/shop",
        "registry.example.com:443/a_b/c__d/e-f.g:V1_x.y-z",
        "registry.example.com/shop@sha256:" + "0a" * 32,
        "registry.example.com/shop:1@sha256:" + "0a" * 32,
        "[::1]:5000/shop:1",
        # To a container engine, what has capitals and stands first is a host.
        "MyHost/shop",
    ],
)
def test_names_of_images(name: str) -> None:
    assert parse({"image": name}).image == name


def test_an_image_on_the_command_line_is_named_as_such(tmp_path: Path) -> None:
    write(tmp_path, "run_config: {image: x}")
    with pytest.raises(ConfigError) as caught:
        parse_config(read(tmp_path), "Project:1")
    assert str(caught.value).startswith("--image: 'Project:1' is not a valid image name")


@pytest.mark.parametrize("spelling", ["tolerationSeconds", "toleration_seconds"])
def test_a_toleration_takes_its_seconds_in_both_spellings(spelling: str) -> None:
    run = parse(
        {"image": "x", "tolerations": {"a": [{"key": "k", "effect": "NoExecute", spelling: 60}]}}
    )
    assert run.tolerations["a"] == [{"key": "k", "effect": "NoExecute", "tolerationSeconds": 60}]


def test_all_mistakes_are_named_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        parse({"image": "x", "ttl": "soon", "volume": {"size": "big"}, "timeout": {"a": 0}})
    assert len(str(caught.value).splitlines()) == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("run_config: [", "the file is not YAML"),
        ("- a", "the file contains a list"),
        ("run_config: {image: x, ttl: 5, ttl: 6}", "the key 'ttl' appears twice"),
        ("1: x\nrun_config: {image: x}", "1: there is no such key"),
        (
            "hots: http://x\nrun_config: {image: x}",
            "hots: there is no such key; did you mean 'host'?",
        ),
        ("host: kubeflow\nrun_config: {image: x}", "host: 'kubeflow' is not a valid URL"),
        ("host: http://x", "run_config: this key is required"),
        ("run_config: 5", "run_config: this must be a mapping"),
        (
            "run_config: {image: '${nowhere}'}",
            "${nowhere} has no value. Set the environment variable KEDRO_CONFIG_N",
        ),
        (
            "run_config: {image: '${oc.env:NOWHERE}'}",
            "run_config.image: the environment variable 'NOWHERE' is not set, and it has no default",
        ),
        ("run_config: {image: '${globals:nowhere}'}", "nowhere"),
    ],
)
def test_mistakes_in_the_file_itself(tmp_path: Path, text: str, message: str) -> None:
    write(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        parse_config(read(tmp_path))
    assert str(caught.value).startswith(f"{FILE}: ")
    assert message in str(caught.value)


def test_a_key_in_two_files_of_one_folder(tmp_path: Path) -> None:
    write(tmp_path, "run_config: {image: x}")
    write(tmp_path, "run_config: {image: y}", "conf/local/kubeflow.yaml")
    write(tmp_path, "host: http://x", "conf/base/kubeflow_host.yml")
    assert read(tmp_path).values == {"run_config": {"image": "y"}, "host": "http://x"}
    write(tmp_path, "run_config: {image: old}", "conf/base/kubeflow_backup.yaml")
    with pytest.raises(ConfigError) as caught:
        read(tmp_path)
    assert str(caught.value).startswith(
        "conf/base/kubeflow_backup.yaml: run_config: this key is in conf/base/kubeflow.yaml too"
    )


def test_a_file_that_is_not_utf8(tmp_path: Path) -> None:
    write(tmp_path, "")
    (tmp_path / FILE).write_bytes(b"run_config: {image: \xff\xfe}")
    with pytest.raises(ConfigError, match="not UTF-8"):
        read(tmp_path)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"conf/base/kubeflow\.yaml: the file does not exist.*kedro kubeflow init"
    ):
        read(tmp_path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${commit_id|dirty}", "dirty"),
        ("${branch_name|}", ""),
        ("${NAME|x}", "value"),
        ("${name}-${name}", "value-value"),
        ("${bucket}/x", "gs://b/x"),
        ("${oc.env:KEDRO_CONFIG_NAME}", "value"),
        ("${oc.env:KEDRO_CONFIG_NONE,dirty}", "dirty"),
        ("${globals:g.x}", 5),
        ("${globals:g.y,7}", 7),
        ("${runtime_params:z,default}", "default"),
        ("${run_config.image}:x", "the-image:x"),
        ("plain $ {x}", "plain $ {x}"),
    ],
)
def test_placeholders(tmp_path: Path, text: str, expected: Any) -> None:
    substitute = Substitutions(
        {"KEDRO_CONFIG_NAME": "value"}, {"bucket": "gs://b"}, {"g": {"x": 5}}, {}
    )
    write(tmp_path, yaml.safe_dump({"run_config": {"image": "the-image", "description": text}}))
    files = read_config_files(tmp_path, (tmp_path / "conf/base",), substitute)
    assert files.values["run_config"]["description"] == expected


@pytest.mark.parametrize("day", ["2026-01-31", "20260131", "'2026-01-31'"])
@pytest.mark.parametrize("image", ["x", "x:${oc.env:TAG,1}"])
def test_a_day_is_read_beside_placeholders_too(tmp_path: Path, day: str, image: str) -> None:
    """OmegaConf takes no dates, which YAML's readers make."""
    write(tmp_path, f"run_config: {{image: '{image}', start_date: {day}}}")
    assert parse_config(read(tmp_path)).run_config.start_date == dt.date(2026, 1, 31)


@pytest.mark.parametrize("known", [True, False])
def test_substitution_leaves_omegaconf_as_it_was(
    tmp_path: Path, known: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    from omegaconf import OmegaConf
    from omegaconf.basecontainer import BaseContainer

    # Of this test alone: others of the process may have set them, through Kedro's loader.
    monkeypatch.setattr(BaseContainer, "_resolvers", dict(BaseContainer._resolvers))
    for name in ("oc.env", "globals"):
        OmegaConf.clear_resolver(name)
    if known:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # 2.4 calls it register_resolver
            OmegaConf.register_new_resolver("globals", lambda key: f"mine {key}")
    write(tmp_path, "run_config: {image: '${oc.env:X,y}'}")

    read(tmp_path)

    assert not OmegaConf.has_resolver("oc.env")
    assert OmegaConf.has_resolver("globals") == known
    if known:
        assert OmegaConf.create({"a": "${globals:b}"}).a == "mine b"


def test_substitution_can_be_turned_off(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write(tmp_path, "run_config: {image: '${commit_id|dirty}'}")
    files = read(tmp_path, KEDRO_KUBEFLOW_DISABLE_CONFIG_HOOK="true")
    assert files.values["run_config"]["image"] == "${commit_id|dirty}"
    assert "KEDRO_KUBEFLOW_DISABLE_CONFIG_HOOK is set" in caplog.text


def test_what_is_filled_in_later_is_no_mistake(tmp_path: Path) -> None:
    """Placeholders that this plugin is told to leave alone, for envsubst perhaps, and those of Argo."""
    text = """
    run_config:
      image: registry.example.com/Shop:${commit_id|dirty}
      images: {train: "shop:{{workflow.parameters.tag}}"}
      cron_expression: ${cron|0 0 4 * * *}
    """
    write(tmp_path, text)
    run = parse_config(read(tmp_path, KEDRO_KUBEFLOW_DISABLE_CONFIG_HOOK="true")).run_config
    assert run.image == "registry.example.com/Shop:${commit_id|dirty}"
    assert run.images["train"] == "shop:{{workflow.parameters.tag}}"
    assert run.cron_expression == "${cron|0 0 4 * * *}"


def test_an_empty_cron_expression_is_none(tmp_path: Path) -> None:
    write(tmp_path, "run_config: {image: x, cron_expression: \"${oc.env:CRON,''}\"}")
    assert parse_config(read(tmp_path)).run_config.cron_expression is None
    run = parse_config(read(tmp_path, CRON="0  0 4 * * *")).run_config
    assert run.cron_expression == "0 0 4 * * *"


def test_environments_replace_whole_keys_as_kedro_does(tmp_path: Path) -> None:
    write(tmp_path, "host: http://a\nrun_config: {image: x, ttl: 5}")
    write(tmp_path, "run_config: {image: y}", "conf/prod/kubeflow.yml")
    assert read(tmp_path, "prod").values == {"host": "http://a", "run_config": {"image": "y"}}
    assert read(tmp_path, "prod", soft=True).values["run_config"] == {"image": "y", "ttl": 5}
    assert read(tmp_path, "prod").origin("run_config") == "conf/prod/kubeflow.yml"
    assert read(tmp_path, "prod").origin("host") == FILE


@pytest.mark.parametrize(
    ("run_config", "message"),
    [
        ({"macro_params": ["ds"]}, "run_config.macro_params: this must be a mapping"),
        ({"resources": {"train": {"gpu": 1}}}, "train.gpu: 'gpu' is not a resource of Kubernetes"),
        (
            {"resources": {"train": {"limits": {"nvidia.com/gpu": "500m"}}}},
            "train.limits.nvidia.com/gpu: '500m' is not a number of devices",
        ),
    ],
)
def test_what_kubernetes_would_refuse(run_config: Any, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse({"image": "shop:1", **run_config})
    assert message in str(caught.value)
