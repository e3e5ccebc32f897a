"""Cookies that scripts cannot read. Deleted with the attributes that they were set with: a browser ignores anything else.

Over https their names begin with `__Host-`, so that no other host of the domain can set them. Inside Oncord's frame a browser
only keeps one that crosses sites and is partitioned; anywhere else it stays on this site. Whether a page is in a frame is what the
browser says (`Sec-Fetch-Dest`); one that does not say is taken at the word of CONSOLE_FRAME_ORIGIN.
"""

from fastapi import Request
from fastapi.responses import Response

from app.services import consent
from app.settings import Settings

_BROWSER = "qbo_browser"
"""The cookie of whoever is on the way to QuickBooks and back."""


def cookie_name(settings: Settings, name: str) -> str:
    """What a cookie of ours is called here."""
    return f"__Host-{name}" if _is_secure(settings) else name


def set_cookie(request: Request, answer: Response, name: str, value: str, seconds: int) -> None:
    """Have the browser keep a cookie for so many seconds; `value` is of letters, digits, `-` and `_`."""
    settings: Settings = request.app.state.settings
    attributes = [f"{cookie_name(settings, name)}={value}", "HttpOnly", f"Max-Age={seconds}", "Path=/"]
    if _is_secure(settings):
        attributes.append("Secure")
    attributes += ["SameSite=None", "Partitioned"] if _in_frame(request, settings) else ["SameSite=Lax"]
    answer.headers.append("set-cookie", "; ".join(attributes))


def forget_cookie(request: Request, answer: Response, name: str) -> None:
    """Have the browser forget a cookie that `set_cookie` made."""
    set_cookie(request, answer, name, "", 0)


def remember_browser(answer: Response, settings: Settings, value: str) -> None:
    """Have the browser bring back, from QuickBooks, the proof that it is the one that set out: never in a frame."""
    answer.set_cookie(
        cookie_name(settings, _BROWSER),
        value,
        max_age=int(consent.STATE_LASTS.total_seconds()),
        path="/",
        secure=_is_secure(settings),
        httponly=True,
        samesite="lax",
    )


def browser_of(request: Request) -> str:
    """What `remember_browser` had the browser keep; "" for nothing."""
    return request.cookies.get(cookie_name(request.app.state.settings, _BROWSER), "")


def in_frame(request: Request) -> bool:
    """Whether the page that is asked for is shown in Oncord's frame."""
    return _in_frame(request, request.app.state.settings)


def _is_secure(settings: Settings) -> bool:
    return settings.public_url.startswith("https:")


def _in_frame(request: Request, settings: Settings) -> bool:
    may_be = bool(settings.console_frame_origin) and _is_secure(settings)
    return may_be and request.headers.get("sec-fetch-dest", "iframe") in ("iframe", "frame")
