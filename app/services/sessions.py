"""Signing in to the console with an API key. A session is a sealed ticket; it ends with the key that began it."""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import timedelta

from app.services import tickets
from app.services.ports import ServiceContainer

LASTS = timedelta(hours=12)


def matching_key(given: str, keys: Sequence[str]) -> str | None:
    """That of the keys which was given; None where it is none of them. Each is compared, in constant time."""
    matching = [key for key in keys if same(given, key)]
    return matching[0] if matching else None


def same(given: str, expected: str) -> bool:
    """Whether two words are the same, in constant time."""
    return hmac.compare_digest(given.encode(), expected.encode())


def sign_in(container: ServiceContainer, given: str, keys: Sequence[str]) -> str | None:
    """A session for whoever knows one of the keys; None for anybody else."""
    key = matching_key(given, keys)
    if key is None:
        return None
    session, _ = tickets.issue(container, "session", {"key": _digest(key), "csrf": container.secret()}, LASTS)
    return session


def csrf_word(container: ServiceContainer, session: str, keys: Sequence[str]) -> str | None:
    """The word that every form of this session carries; None where the session has ended."""
    content = tickets.read(container, "session", session) if session and keys else None
    if content is None or matching_key(str(content["key"]), [_digest(key) for key in keys]) is None:
        return None
    return str(content["csrf"])


def _digest(key: str) -> str:
    return hashlib.sha256(f"session of {key}".encode()).hexdigest()
