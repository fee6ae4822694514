"""A template in; a container of its own image, run by Docker or Podman on this machine, out."""
