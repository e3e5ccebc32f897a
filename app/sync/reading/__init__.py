"""Bringing the mirrors up to date, and gathering from them what a plan is made from."""
