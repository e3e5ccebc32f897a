"""Whoever does what a test has somebody do."""

from app.domain.model.actor import Actor

SOMEBODY = Actor("test")
