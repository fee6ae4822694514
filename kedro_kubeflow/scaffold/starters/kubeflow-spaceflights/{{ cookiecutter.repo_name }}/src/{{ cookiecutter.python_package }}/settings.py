"""Kedro's settings of this project."""

import logging

from kedro.config import OmegaConfigLoader

# The default from Kedro 0.19 on; named here so that 0.18 reads the configuration alike.
CONFIG_LOADER_CLASS = OmegaConfigLoader

# Kedro 0.18 would show the project's own messages from WARNING up only; later ones do this too.
logging.getLogger(__package__).setLevel(logging.INFO)
