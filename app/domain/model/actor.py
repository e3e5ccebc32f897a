"""Whoever acts, as it is written down."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, or the name of a key; in which role ("": the service itself), and from which network (shortened)."""

    name: str
    role: str = ""
    address: str = ""


COMMAND_LINE = Actor("command line", "operator")
"""The operator at a shell of the installation."""
