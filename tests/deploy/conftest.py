"""The application on a database of its own, for each test."""

from tests.api.conftest import service

__all__ = ["service"]
