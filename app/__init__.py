"""Keeps an Oncord site and a QuickBooks Online company in agreement, both ways."""
