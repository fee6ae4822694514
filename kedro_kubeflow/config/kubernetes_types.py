"""Checks fragments of Kubernetes YAML against ``kubernetes.client``, and returns them in the API's spelling."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

from kedro_kubeflow.config.strict_model import LocatedError, kubernetes_name
from kedro_kubeflow.errors import nearest, suggest

_OF_CONTAINERS = frozenset(
    (
        "allowPrivilegeEscalation",
        "capabilities",
        "privileged",
        "procMount",
        "readOnlyRootFilesystem",
    )
)
"""The fields of V1SecurityContext that V1PodSecurityContext does not have."""

_SCALARS = {"str": (str, int, float), "int": (int,), "bool": (bool,), "float": (int, float)}


def as_kubernetes(value: Any, kind: str) -> Any:
    """Checks a fragment of Kubernetes YAML.

    Args:
        value: plain YAML with the API's names (``emptyDir``) or the Python client's (``empty_dir``), or the form
            ``{cls: V1EmptyDirVolumeSource, params: {…}}`` at any depth.
        kind: the class of ``kubernetes.client`` that it must be, for instance ``V1Volume``.

    Returns:
        The fragment with the API's names.

    Raises:
        LocatedError: an unknown key, a wrong type, or a ``cls`` that ``kubernetes.client`` does not have.
    """
    import kubernetes.client

    if isinstance(value, Mapping) and "cls" in value and set(value) <= {"cls", "params"}:
        return _from_class(value, kind, kubernetes.client)
    if kind.startswith("list["):
        return _list(value, kind[5:-1])
    if kind.startswith("dict("):
        inner = kind[5:-1].split(", ", 1)[1]
        return {str(key): _below(item, inner, key) for key, item in _mapping(value, kind).items()}
    model = getattr(kubernetes.client, kind, None)
    if hasattr(model, "openapi_types"):
        return _model(value, model)
    return _scalar(value, kind)


def check_security_context(value: Any) -> dict[str, Any]:
    """Checks a security context with fields of pods and of containers, and returns it with the API's names.

    Raises:
        LocatedError: a field exists in neither, or its value is not valid in Kubernetes.
    """
    fields = _mapping(value, "V1PodSecurityContext")
    if "cls" in fields:
        checked: dict[str, Any] = as_kubernetes(value, "V1PodSecurityContext")
        return checked
    of_pods, of_containers = map(_field_names, ("V1PodSecurityContext", "V1SecurityContext"))
    for key in fields:
        if key not in of_pods | of_containers:
            hint = suggest(str(key), [name for name in of_pods | of_containers if "_" not in name])
            raise LocatedError([key], f"a security context has no such key; {hint}")
    for_pods = {key: item for key, item in fields.items() if key in of_pods}
    rest = {key: item for key, item in fields.items() if key not in of_pods}
    return {
        **as_kubernetes(for_pods, "V1PodSecurityContext"),
        **as_kubernetes(rest, "V1SecurityContext"),
    }


def container_fields(security_context: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the fields of a security context that only containers have."""
    return {key: item for key, item in security_context.items() if key in _OF_CONTAINERS}


def check_host_aliases(value: Any) -> list[dict[str, Any]]:
    """Checks additions to ``/etc/hosts``.

    Raises:
        LocatedError: a part of them is not valid in Kubernetes.
    """
    aliases: list[dict[str, Any]] = as_kubernetes(value, "list[V1HostAlias]")
    for index, alias in enumerate(aliases):
        for key in ("ip", "hostnames"):
            if not alias.get(key):
                raise LocatedError([index, key], "this key is required")
        if not _is_ip_address(alias["ip"]):
            message = f"{alias['ip']!r} is not an IP address; write it like 10.0.0.1 or fd00::1"
            raise LocatedError([index, "ip"], message)
        for number, name in enumerate(alias["hostnames"]):
            try:
                kubernetes_name(name)
            except ValueError as err:
                raise LocatedError([index, "hostnames", number], str(err)) from err
    return aliases


def _is_ip_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return "%" not in text  # a zone, which Python accepts and Kubernetes does not


def _from_class(value: Mapping[str, Any], kind: str, client: Any) -> Any:
    name = value["cls"]
    model = getattr(client, name, None) if isinstance(name, str) else None
    if not hasattr(model, "openapi_types"):
        near = nearest(name, [word for word in dir(client) if word.startswith("V1")])
        hint = (
            f"did you mean {near!r}?"
            if near
            else "write only its name, for example V1EmptyDirVolumeSource"
        )
        raise LocatedError(["cls"], f"{name!r} is not a class of kubernetes.client; {hint}")
    if name != kind and kind.startswith("V1"):
        raise LocatedError(["cls"], f"{name!r} is not allowed here; Kubernetes expects a {kind}")
    return _below(value.get("params") or {}, str(name), "params")


def _model(value: Any, model: Any) -> dict[str, Any]:
    attributes = {spelled: attribute for attribute, spelled in model.attribute_map.items()}
    result = {}
    for key, item in _mapping(value, model.__name__).items():
        attribute = attributes.get(key, key)
        if attribute not in model.openapi_types:
            raise LocatedError(
                [key], f"{model.__name__} has no such key; {suggest(key, attributes)}"
            )
        result[model.attribute_map[attribute]] = _below(item, model.openapi_types[attribute], key)
    return result


def _field_names(kind: str) -> set[str]:
    """Returns the names of a class's fields, as the API and as the Python client writes them."""
    import kubernetes.client

    names = getattr(kubernetes.client, kind).attribute_map
    return {*names, *names.values()}


def _list(value: Any, kind: str) -> list[Any]:
    if not isinstance(value, (list, tuple)):
        raise ValueError(f"{value!r} is not a list of {kind}")
    return [_below(item, kind, index) for index, item in enumerate(value)]


def _scalar(value: Any, kind: str) -> Any:
    allowed = _SCALARS.get(kind)
    if allowed is None:
        return value
    if not isinstance(value, allowed) or (isinstance(value, bool) and kind != "bool"):
        raise ValueError(f"{value!r} is not a {kind}")
    return str(value) if kind == "str" else value


def _mapping(value: Any, kind: str) -> Mapping[Any, Any]:
    if not isinstance(value, Mapping):
        raise ValueError(f"{value!r} is not a mapping, as {kind} requires")
    return value


def _below(value: Any, kind: str, key: Any) -> Any:
    try:
        return as_kubernetes(value, kind)
    except LocatedError as err:
        raise LocatedError([key, *err.path], str(err)) from err
    except ValueError as err:
        raise LocatedError([key], str(err)) from err
