"""Raw companies, shuttles and reviews in, one table for the models out."""

from .pipeline import create_pipeline

__all__ = ["create_pipeline"]
