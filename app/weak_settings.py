"""Settings under which nobody may serve: each is named with what to do, and refused when a process starts.

`make run` and the tests set ALLOW_WEAK_SETTINGS: there each is told in the log instead. Whoever makes `Settings` by hand
has chosen, and is asked nothing.
"""

import base64
import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from app import log
from app.settings import Settings, load_settings

_log = log.get(__name__)

KEY_LETTERS = 32
"""Of a key that nobody guesses at any rate; never more is demanded, and nothing of which letters they are."""
_KEY_BYTES = 32
MAIL_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
"""What is taken as a mail address (as browsers do; HTML, 4.10.5.1.5)."""
_ADDRESSES = (
    "public_url",
    "quickbooks_api_url",
    "quickbooks_authorize_url",
    "quickbooks_token_url",
    "quickbooks_revoke_url",
)


@dataclass(frozen=True, slots=True)
class Weakness:
    """A setting by its name in the environment, and a sentence that says what is wrong and what to do."""

    setting: str
    advice: str

    def __str__(self) -> str:
        return f"{self.setting}: {self.advice}"


def settings_to_serve_with() -> Settings:
    """The settings of the environment, for a process that serves. Raises `SystemExit` with a line for each that is weak."""
    settings = load_settings()
    weak = weaknesses(settings)
    if weak and not settings.allow_weak_settings:
        raise SystemExit("\n".join(["Not started, since these settings are weak:", *(f"  {each}" for each in weak)]))
    return settings


def tell(settings: Settings) -> None:
    """Log what is weak and was allowed."""
    for each in weaknesses(settings):
        _log.warning("a weak setting is allowed here", setting=each.setting, advice=each.advice)


def weaknesses(settings: Settings) -> list[Weakness]:
    """Everything that is weak. An ADMIN_API_KEY that is not there is not: the doors that it opens are closed."""
    return [
        *_keys(settings),
        *_encryption_keys(settings),
        *_addresses(settings),
        *_frame_origin(settings),
        *_open_doors(settings),
        *_mail(settings),
    ]


def _keys(settings: Settings) -> Iterator[Weakness]:
    short = [key for key in settings.admin_api_keys if len(key) < KEY_LETTERS]
    if short:
        yield Weakness(
            "ADMIN_API_KEY",
            f"a key of {len(short[0])} characters can be guessed. Take one of at least {KEY_LETTERS}, for instance from"
            " `openssl rand -hex 32`.",
        )


def _encryption_keys(settings: Settings) -> Iterator[Weakness]:
    advice = "Take `id:` and the output of `openssl rand -base64 32`, for instance k1:..., and keep a copy of it."
    if not settings.encryption_keys:
        yield Weakness("ENCRYPTION_KEYS", f"without a key no secret can be stored and nobody can sign in. {advice}")
    elif not all(_is_encryption_key(each) for each in settings.encryption_keys):
        yield Weakness("ENCRYPTION_KEYS", f"each reads id:base64 of {_KEY_BYTES} bytes, and one does not. {advice}")


def _is_encryption_key(entry: str) -> bool:
    key_id, _, encoded = entry.partition(":")
    try:
        return bool(key_id) and len(base64.b64decode(encoded, validate=True)) == _KEY_BYTES
    except ValueError:
        return False


def _addresses(settings: Settings) -> Iterator[Weakness]:
    for name in _ADDRESSES:
        address = getattr(settings, name)
        if not address:
            continue
        parts = _split(address)
        if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
            yield Weakness(name.upper(), "this is no address. Give one that begins with https://.")
        elif parts.scheme == "http" and not _is_loopback(parts.hostname):
            yield Weakness(
                name.upper(),
                "http shows keys and tokens to everybody on the way. Give an address that begins with https://.",
            )


def _frame_origin(settings: Settings) -> Iterator[Weakness]:
    origin = settings.console_frame_origin
    if not origin:
        return
    parts = _split(origin)
    is_origin = parts is not None and parts.scheme == "https" and parts.hostname and origin == f"https://{parts.netloc}"
    if (
        not is_origin
        or any(letter in origin for letter in "*;,@' \"")
        or not origin.isascii()
        or not origin.isprintable()
    ):
        yield Weakness(
            "CONSOLE_FRAME_ORIGIN",
            "whoever may show the console in a frame can have its buttons pressed. Name one origin, https:// and a host"
            " without a path, for instance https://shop.example, or leave it empty.",
        )


def _mail(settings: Settings) -> Iterator[Weakness]:
    parts = _split(settings.smtp_url)
    if not settings.smtp_url:
        return
    if parts is None or parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        yield Weakness(
            "SMTP_URL",
            "this is no mail server. Give smtps://user:password@host:465, or smtp://user:password@host:587 (which has to encrypt),"
            " or leave it empty: then no mail is sent.",
        )
    if not MAIL_ADDRESS.fullmatch(settings.mail_from):
        yield Weakness("MAIL_FROM", "mail has to come from an address, for instance books@shop.example.")


def _open_doors(settings: Settings) -> Iterator[Weakness]:
    """What does no harm as long as this machine alone is reached."""
    parts = _split(settings.public_url)
    if parts is not None and parts.hostname and _is_loopback(parts.hostname):
        return
    if settings.allow_private_oncord_urls:
        yield Weakness(
            "ALLOW_PRIVATE_ONCORD_URLS",
            "whoever connects a site could reach this machine and its network through it. Leave it out: it is for"
            " development alone.",
        )
    if "*" in settings.forwarded_allow_ips:
        yield Weakness(
            "FORWARDED_ALLOW_IPS",
            "everybody could pretend to come from somebody else's address. Name the proxy's own address or network.",
        )


def _split(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018 - raises where it is none
    except ValueError:
        return None
    return parts


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
