"""The connection between the connector and its client, and what can happen to it on the way.

Every request to the vendor's surface passes here: it may be delayed, turned away before anything
happened, or answered with an error (or not at all) after everything did. What was asked and answered goes
into the world's log, without secrets.
"""

import re

import httpx
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.sandbox.oncord import problems
from app.sandbox.oncord.clock import written
from app.sandbox.oncord.hazards import SINGULAR
from app.sandbox.oncord.world import World

VENDOR = re.compile(r"^/sites/(?P<site>[^/]+)/api/connector/v1/(?P<what>[^/]+)(?P<batch>/batch)?$")
KEPT_TEXT = 20_000


class AnswerLost(httpx.ReadError):
    """The connection broke after the request was carried out. Over a socket the client sees it close; over an
    in-process transport this very error arrives at the client."""


class Wire:
    """ASGI middleware around the simulator."""

    def __init__(self, app: ASGIApp, world: World) -> None:
        self.app = app
        self.world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, through the hazards."""
        match = VENDOR.match(scope["path"]) if scope["type"] == "http" else None
        if match is None:
            await self.app(scope, receive, send)
            return
        entity = SINGULAR.get(match["what"], match["what"])
        body, replay = await _read(receive)
        hazards = self.world.hazards
        if (late := hazards.strikes("latency", entity)) is not None:
            await self.world.clock.sleep(float(late["seconds"]))
        refusal = self._refusal(entity, match["site"])
        answer = Answer()
        if refusal is not None:
            await refusal(scope, replay, answer.send)
        else:
            await self.app(scope, replay, answer.send)
        mishap = None
        if refusal is None and match["batch"] and answer.status == 200:
            mishap = self._after_commit(entity)
        if isinstance(mishap, JSONResponse):
            answer = Answer()
            await mishap(scope, replay, answer.send)
        self._log(scope, match, body, answer, "answer_lost" if mishap == "answer_lost" else None)
        if mishap == "answer_lost":
            if seconds := float(hazards.all["answer_lost"].parameters["seconds"]):
                await self.world.clock.sleep(seconds)
            await send(answer.messages[0])
            raise AnswerLost("the connection broke before the answer arrived")
        for message in answer.messages:
            await send(message)

    def _refusal(self, entity: str, site_id: str) -> JSONResponse | None:
        """An answer in place of the request's own, before anything happened."""
        site = self.world.sites.get(site_id)
        if (down := self.world.hazards.strikes("unavailable", entity)) is not None:
            return problems.answer(int(down["status"]), "The shop is being looked after. Come back soon.")
        if (limit := self.world.hazards.strikes("throttled", entity)) is not None:
            if site is not None:
                site.calls["throttled"] += 1
            return problems.answer(429, "Too many requests.", headers={"Retry-After": str(limit["retry_after"])})
        return None

    def _after_commit(self, entity: str) -> JSONResponse | str | None:
        """What happens to the answer of a batch that was carried out."""
        if self.world.hazards.strikes("answer_lost", entity) is not None:
            return "answer_lost"
        if (failed := self.world.hazards.strikes("error_after_commit", entity)) is not None:
            return problems.answer(int(failed["status"]), "Something went wrong on the way back.")
        return None

    def _log(self, scope: Scope, match: re.Match[str], body: bytes, answer: "Answer", hazard: str | None) -> None:
        secret = match["what"] == "connector"
        self.world.log.append(
            {
                "at": written(self.world.clock.now()),
                "site_id": match["site"],
                "method": scope["method"],
                "path": scope["path"],
                "query": scope["query_string"].decode("latin-1"),
                "status": answer.status,
                "hazard": hazard,
                "request": None if secret else _text(body),
                "answer": None if secret else _text(answer.body()),
            }
        )


class Answer:
    """An answer that is kept instead of sent."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def send(self, message: Message) -> None:
        """Keep a part of it."""
        self.messages.append(message)

    @property
    def status(self) -> int:
        """Its status code."""
        return int(self.messages[0]["status"])

    def body(self) -> bytes:
        """Its content."""
        return b"".join(message.get("body", b"") for message in self.messages[1:])


async def _read(receive: Receive) -> tuple[bytes, Receive]:
    """The whole request body, and a `receive` that gives it again."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            break
    body = b"".join(parts)
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return body, replay


def _text(body: bytes) -> str | None:
    """The beginning of a body, for the log."""
    return body[:KEPT_TEXT].decode("utf-8", "replace") or None
