"""Policy state of the FortiGates under FortiManager: collected, kept, published, asked for."""

__version__ = "0.1.0"
