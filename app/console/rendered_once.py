"""Public documents: each is made once in a process and kept, whoever asks and however often; for visitors their frame alone is new."""

import gzip
import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import Response

from app.console.session import visitor_of
from app.console.view import page
from app.cookies import cookie_name
from app.services import flash

_WEIGHT = re.compile(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?")


@dataclass(frozen=True, slots=True)
class Kept:
    """A document as it is sent, plain and packed."""

    plain: bytes
    packed: bytes
    tag: str


def kept(app: FastAPI, name: str, made: Callable[[], bytes]) -> Kept:
    """A document of this application, made where this is the first time that somebody asks for it; nothing that a visitor sends may
    be part of its name."""
    documents: dict[str, Kept] = app.state.documents
    if name not in documents:
        plain = made()
        documents[name] = Kept(plain, gzip.compress(plain, mtime=0), sha256(plain).hexdigest()[:32])
    return documents[name]


def sent(request: Request, document: Kept, media_type: str, *, vary: str = "Accept-Encoding") -> Response:
    """The answer with a document; a 304 for whoever has it already."""
    packed = takes_gzip(request.headers.get("accept-encoding", ""))
    tag = f'"{document.tag}{"-gzip" if packed else ""}"'
    headers = {"etag": tag, "cache-control": "no-cache", "vary": vary}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if packed:
        headers["content-encoding"] = "gzip"
    return Response(document.packed if packed else document.plain, media_type=media_type, headers=headers)


def takes_gzip(accepted: str) -> bool:
    """Whether an `Accept-Encoding` takes an answer packed by gzip (RFC 9110, 12.5.3); what makes no sense takes none."""
    weights = dict[str, float]()
    for each in accepted.lower().split(","):
        coding, _, weight = each.partition(";")
        name, _, value = weight.partition("=")
        weights[coding.strip()] = _weight(value.strip()) if name.strip() == "q" else float(not weight.strip())
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0))) > 0


def _weight(value: str) -> float:
    return float(value) if _WEIGHT.fullmatch(value) else 0.0


async def public_page(request: Request, template: str, **values: Any) -> Response:
    """A page that says the same to everybody: to a stranger as it is kept, to whoever has signed in with their name above it."""
    visitor = await visitor_of(request)
    message_waits = cookie_name(request.app.state.settings, flash.COOKIE) in request.cookies
    if visitor is not None or message_waits:
        return page(request, template, visitor=visitor, **values)
    whole = kept(request.app, request.scope["path"], lambda: bytes(page(request, template, **values).body))
    return sent(request, whole, "text/html; charset=utf-8", vary="Accept-Encoding, Cookie")
