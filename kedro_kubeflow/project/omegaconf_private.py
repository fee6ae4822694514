"""Holds every access to names that OmegaConf declares private, with the reason why the public ones are not enough."""

from __future__ import annotations

from typing import Any, Optional


def registered_resolver(name: str) -> Optional[Any]:
    """Returns the resolver that is registered under a name, or None.

    All versions: ``OmegaConf.has_resolver`` is public, but says only whether there is one.
    """
    from omegaconf.basecontainer import BaseContainer

    return BaseContainer._resolvers.get(name)


def restore_resolver(name: str, resolver: Optional[Any]) -> None:
    """Registers again what :func:`registered_resolver` returned, or removes the name where it returned None.

    All versions: the public ``register_resolver`` (``register_new_resolver`` before 2.4) would wrap the function,
    which is wrapped already, once more.
    """
    from omegaconf import OmegaConf
    from omegaconf.basecontainer import BaseContainer

    if resolver is None:
        OmegaConf.clear_resolver(name)
    else:
        BaseContainer._resolvers[name] = resolver
