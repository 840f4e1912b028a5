"""A FortiManager to develop against. See README.md."""
