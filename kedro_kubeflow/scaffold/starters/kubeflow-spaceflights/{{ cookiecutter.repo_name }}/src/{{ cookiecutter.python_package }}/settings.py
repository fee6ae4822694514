"""Kedro's settings of this project."""

import logging
import warnings

from kedro.config import OmegaConfigLoader

# The default from Kedro 0.19 on; named here so that 0.18 reads the configuration alike.
CONFIG_LOADER_CLASS = OmegaConfigLoader

# Kedro 0.18 would show the project's own messages from WARNING up only; later ones do this too.
logging.getLogger(__package__).setLevel(logging.INFO)

# OmegaConf 2.4 warns about calls in Kedro's own code, each time Kedro reads the configuration.
warnings.filterwarnings(
    "ignore", r"\s*register_new_resolver\(\) is deprecated", module=r"kedro\.config\."
)
