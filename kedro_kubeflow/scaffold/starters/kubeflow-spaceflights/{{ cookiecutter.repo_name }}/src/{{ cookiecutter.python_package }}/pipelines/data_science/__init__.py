"""The table for the models in, two trained models and their scores out."""

from .pipeline import create_pipeline

__all__ = ["create_pipeline"]
