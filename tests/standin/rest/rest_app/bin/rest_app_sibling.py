"""A handler that forgot to put its folder on sys.path."""

from rest_app_echo import Echo

__all__ = ["Echo"]
