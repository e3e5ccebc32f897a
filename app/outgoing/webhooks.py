"""A message as a signed webhook (Standard Webhooks, https://www.standardwebhooks.com): the body, its signature, and the sending.

The id is the message's, the same at every attempt and for whoever asks for it once more; a receiver knows it again by it. No redirect
is followed, and of an answer nothing but its status is looked at.
"""

import asyncio
import json
from datetime import datetime
from typing import Any

import httpx
from standardwebhooks import Webhook

from app.errors import OutsideError
from app.outgoing.sent import Sent
from app.storage.people.messages import Message

SECONDS = 15.0
GONE = 410
"""How a receiver says that it wants nothing more."""


def body_of(message: Message, connection_name: str, public_url: str) -> dict[str, Any]:
    """What is posted: type, moment, and the message in words with its page."""
    sort = message.topic if message.phase == "once" else f"{message.topic}.{message.phase}"
    return {
        "type": f"connection.{sort}",
        "timestamp": message.at.isoformat(),
        "data": {
            "connection_id": message.connection_id,
            "connection_name": connection_name,
            "topic": message.topic,
            "phase": message.phase,
            "since": message.since.isoformat() if message.since else None,
            "title": message.title,
            "summary": message.summary,
            "lines": list(message.lines),
            "advice": message.advice,
            "url": f"{public_url}{message.path}",
        },
    }


async def post(
    http: httpx.AsyncClient, url: str, secret: str, message_id: str, body: dict[str, Any], now: datetime
) -> Sent:
    """Post a message, signed at this moment with `secret` ("whsec_..."). Never raises for what the other side does."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    headers = {
        "content-type": "application/json",
        "user-agent": "oncord-quickbooks",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(message_id, now, text),
    }
    try:
        async with asyncio.timeout(SECONDS):
            async with http.stream(
                "POST", url, content=text.encode(), headers=headers, follow_redirects=False
            ) as answer:
                return _judged(answer.status_code)
    except (TimeoutError, httpx.TimeoutException):
        return Sent(False, f"Nobody answered within {SECONDS:.0f} seconds.")
    except OutsideError:
        return Sent(False, "The address leads into a private network, where nothing is sent.")
    except (httpx.HTTPError, httpx.InvalidURL, OSError):
        return Sent(False, "The address could not be reached.")


def _judged(status: int) -> Sent:
    if 200 <= status < 300:
        return Sent(True, f"Taken ({status}).")
    if status == GONE:
        return Sent(False, "It says that it wants no more messages (410).", final=True, gone=True)
    if 300 <= status < 400:
        return Sent(False, f"It points elsewhere ({status}), and no such pointer is followed: correct the address.")
    return Sent(False, f"It was refused ({status}).")
