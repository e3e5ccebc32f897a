"""One message for the next page that a person sees, carried in a sealed cookie and read once."""

from dataclasses import dataclass
from datetime import timedelta

from app.services import tickets
from app.services.ports import ServiceContainer

COOKIE = "message"
LASTS = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Message:
    """Words for a person; `good` tells success from refusal."""

    words: str
    good: bool


def seal(container: ServiceContainer, words: str, *, good: bool) -> str:
    """The cookie that carries a message."""
    return tickets.issue(container, "message", {"words": words, "good": good}, LASTS)[0]


def read(container: ServiceContainer, cookie: str) -> Message | None:
    """The message that a cookie carries, if it is ours and fresh."""
    content = tickets.read(container, "message", cookie) if cookie else None
    return Message(str(content["words"]), bool(content["good"])) if content else None
