"""The address of a site as it is stored and compared: one spelling for each, and none that this service may not call.

What is judged here can be seen in the address; what its name resolves to is judged when connecting (`guard`).
"""

import re
import string
from ipaddress import IPv4Address, IPv6Address, ip_address

import httpx

from app.errors import InvalidInput
from app.oncord.guard import advice, is_public

UNRESERVED = frozenset(string.ascii_letters + string.digits + "-._~")
"""What means the same escaped and plain (RFC 3986, 2.3)."""
_ESCAPE = re.compile(r"%([0-9a-fA-F]{2})")
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")


class _Unusable(ValueError):
    """It is no address that this service may call; says why in a sentence."""


def begins_with(*, allow_private: bool) -> str:
    """What an address has to begin with, as people are told."""
    return "https:// or http://" if allow_private else "https://"


def check_url(url: str, *, allow_private: bool) -> str:
    """The address in the one spelling that is stored; raises InvalidInput where it is none that this service may call.

    Host names are lower case without a last dot, in the letters of DNS; no default port, no dot segments, nothing escaped
    that needs no escape, no slash at the end. `allow_private` admits plain http and addresses of our own network, for
    development.
    """
    try:
        return _in_one_spelling(url.strip(), allow_private=allow_private)
    except _Unusable as found:
        words = f"{found} {advice(allow_private=allow_private)}"
        raise InvalidInput("invalid-address", words, fields={"oncord_api_url": str(found)}) from found


def _in_one_spelling(url: str, *, allow_private: bool) -> str:
    parsed = _parsed(url)
    if parsed.scheme != "https" and not (allow_private and parsed.scheme == "http"):
        raise _Unusable(f"The address must begin with {begins_with(allow_private=allow_private)}.")
    if parsed.userinfo or parsed.query or parsed.fragment:
        raise _Unusable("The address must be a plain one: no user name, no question mark, no number sign.")
    if parsed.port is not None and not 0 < parsed.port < 65536:
        raise _Unusable("There is no such port.")
    host = _host(parsed.raw_host.decode("ascii"))
    if not allow_private and not _maybe_public(host):
        raise _Unusable("The address lies in a private network.")
    shown = f"[{host}]" if ":" in host else host
    port = f":{parsed.port}" if parsed.port is not None else ""
    path = parsed.raw_path.decode("ascii").partition("?")[0]
    plain = _parsed(f"{parsed.scheme}://{shown}{port}{_ESCAPE.sub(_plain, path)}")
    return str(plain).rstrip("/")


_INSIDE = (
    *(".localhost", ".local", ".internal", ".localdomain", ".arpa"),
    *(".intranet", ".private", ".corp", ".home", ".lan", ".svc"),
)
"""What names end in that only mean this machine or network: RFC 6761, 6762 (with appendix G) and 8375, ICANN's `.internal`, and what
clusters call their own services."""


def _parsed(url: str) -> httpx.URL:
    try:
        return httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError, ValueError) as error:
        raise _Unusable("This is not a web address.") from error


def _host(raw: str) -> str:
    """The host name or IP address, in its one spelling; raises `_Unusable` where DNS has no such name."""
    name = raw.lower().removesuffix(".")
    try:
        return str(ip_address(name.strip("[]")))
    except ValueError:
        pass
    labels = name.split(".")
    if len(name) > 253 or not all(_LABEL.fullmatch(label) and _reads_back(label) for label in labels):
        raise _Unusable("This is not the name of a host.")
    return name


def _reads_back(label: str) -> bool:
    """Whether a label in Punycode stands for letters that are written so again, by the rules of IDNA."""
    if not label.startswith("xn--"):
        return True
    try:
        letters = httpx.URL(f"https://{label}").host
        return httpx.URL(f"https://{letters}").raw_host == label.encode()
    except (httpx.InvalidURL, UnicodeError):
        return False


def _plain(escape: re.Match[str]) -> str:
    letter = chr(int(escape[1], 16))
    return letter if letter in UNRESERVED else escape[0].upper()


def _maybe_public(host: str) -> bool:
    """False for a literal that is private and for names that only mean this machine or network."""
    if host == "localhost" or host.endswith(_INSIDE):
        return False
    try:
        literal: IPv4Address | IPv6Address = ip_address(host)
    except ValueError:
        # Resolvers read "2130706433" and "0x7f.1" as addresses; the last label of a real name begins with a letter.
        return "." in host and host.rpartition(".")[2][:1].isalpha()
    return is_public(str(literal))
