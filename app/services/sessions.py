"""Signing in to the console with the API key. A session is a sealed ticket; changing the key ends all of them."""

import hashlib
import hmac
from datetime import timedelta

from app.services import tickets
from app.services.ports import ServiceContainer

LASTS = timedelta(hours=12)


def key_matches(given: str, expected: str) -> bool:
    """Whether a key is the right one, in constant time; an empty one never is."""
    return bool(expected) and hmac.compare_digest(given.encode(), expected.encode())


def same(given: str, expected: str) -> bool:
    """Whether two words are the same, in constant time."""
    return hmac.compare_digest(given.encode(), expected.encode())


def sign_in(container: ServiceContainer, given: str, expected: str) -> str | None:
    """A session for whoever knows the key; None for anybody else."""
    if not key_matches(given, expected):
        return None
    session, _ = tickets.issue(container, "session", {"key": _digest(expected), "csrf": container.secret()}, LASTS)
    return session


def csrf_word(container: ServiceContainer, session: str, expected: str) -> str | None:
    """The word that every form of this session carries; None where the session has ended."""
    content = tickets.read(container, "session", session) if session and expected else None
    if content is None or not hmac.compare_digest(str(content["key"]), _digest(expected)):
        return None
    return str(content["csrf"])


def _digest(key: str) -> str:
    return hashlib.sha256(f"session of {key}".encode()).hexdigest()
