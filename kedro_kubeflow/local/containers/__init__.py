"""Runs a template in a container of its own image, with Docker or Podman on this machine."""
