"""Short-lived tickets: a sealed note of what its bearer may do until when. Nothing is stored, and none can be forged.

A launch link carries one, so that a merchant reaches the consent page without an API key; a console session is one.
"""

import base64
import binascii
import json
from datetime import datetime, timedelta
from typing import Any

from app.services.ports import ServiceContainer
from app.storage.connections.vault import VaultError


def issue(container: ServiceContainer, purpose: str, content: dict[str, Any], lasts: timedelta) -> tuple[str, datetime]:
    """A ticket for `purpose`, safe in addresses and cookies, and the moment at which it ends."""
    ends = container.clock.now() + lasts
    sealed = container.vault.seal(json.dumps({**content, "ends": ends.timestamp()}), f"ticket:{purpose}")
    return base64.urlsafe_b64encode(sealed.encode()).decode().rstrip("="), ends


def read(container: ServiceContainer, purpose: str, ticket: str) -> dict[str, Any] | None:
    """What a ticket for `purpose` says; None where it has ended, was made for something else, or is not ours."""
    try:
        sealed = base64.b64decode(ticket + "=" * (-len(ticket) % 4), altchars=b"-_", validate=True).decode()
        content: dict[str, Any] = json.loads(container.vault.open(sealed, f"ticket:{purpose}"))
    except (VaultError, binascii.Error, UnicodeError, ValueError):
        return None
    return content if content["ends"] > container.clock.now().timestamp() else None
