"""Gives a project template the requirement of the plugin that creates the project.

The project's image must hold the plugin that compiled the workflow: the steps of the workflow are
commands of it. So the template's ``requirements.txt`` names exactly this plugin, which the static
``cookiecutter.json`` cannot know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2.ext import Extension

from kedro_kubeflow.scaffold.plugin_source import find_plugin_source

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["PluginVersion"]


class PluginVersion(Extension):
    """Defines ``kedro_kubeflow_requirement``, such as ``kedro-kubeflow==1.0.0``, for templates.

    A template's ``cookiecutter.json`` asks for it under ``_extensions``.
    """

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.globals["kedro_kubeflow_requirement"] = find_plugin_source().requirement
