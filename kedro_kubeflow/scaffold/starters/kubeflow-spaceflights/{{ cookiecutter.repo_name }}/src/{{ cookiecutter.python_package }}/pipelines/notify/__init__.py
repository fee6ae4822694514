"""How a run ended in, a short report out."""

from .pipeline import create_pipeline

__all__ = ["create_pipeline"]
