"""Keeps an Oncord site and a QuickBooks Online company in agreement, both ways."""

VERSION = "0.1.0"
"""The version of the product, as the API, its certificates and its documents name it."""
