"""A Kedro plugin that compiles Kedro pipelines to Kubeflow Pipelines (v1, Argo) workflows.

The plugin is used through ``kedro kubeflow``; :mod:`kedro_kubeflow.cli` is its entry point.
Nothing is imported here: Kedro loads this package for every one of its commands.
"""

__version__ = "1.0.0rc1"
