"""Modular inputs: their schemes, validation, processes and streams."""
