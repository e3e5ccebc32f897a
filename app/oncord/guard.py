"""Keeps requests to a site's address away from our own network.

A merchant types the address of the site, so it may point anywhere: at a cloud's metadata service, at a neighbour on
our network. `check_url` judges what can be seen in the address, and `PublicTransport` what its name resolves to at
the very moment of connecting (a name may resolve differently a second later). No redirect is ever followed.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence

import httpcore
import httpx

from app.errors import Blocked, InvalidInput

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host name and port."""

ADVICE = "Enter the public https address of the shop's connector."


def check_url(url: str, *, allow_private: bool) -> str:
    """The address without a trailing slash; raises InvalidInput where it is none that this service may call.

    `allow_private` admits plain http and addresses of our own network, for development.
    """
    try:
        parsed = httpx.URL(url.strip())
    except (httpx.InvalidURL, UnicodeError) as error:
        raise _unusable("This is not a web address.") from error
    if parsed.scheme != "https" and not (allow_private and parsed.scheme == "http"):
        raise _unusable("The address must begin with https://.")
    if not parsed.host or parsed.userinfo or parsed.query or parsed.fragment:
        raise _unusable("The address must be a plain one: no user name, no question mark, no number sign.")
    if not allow_private and not _maybe_public(parsed.host):
        raise _unusable("The address lies in a private network.")
    return str(parsed).rstrip("/")


def _unusable(sentence: str) -> InvalidInput:
    return InvalidInput("invalid-address", f"{sentence} {ADVICE}", fields={"oncord_api_url": sentence})


def _maybe_public(host: str) -> bool:
    """False for a literal that is private and for names that only mean this machine or network."""
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith((".localhost", ".local", ".internal")):
        return False
    try:
        return is_public(str(ipaddress.ip_address(name.strip("[]"))))
    except ValueError:
        # Resolvers read "2130706433" and "0x7f.1" as addresses; the last label of a real name begins with a letter.
        return "." in name and name.rpartition(".")[2][:1].isalpha()


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet, also when it is wrapped into an IPv6 one."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        wrapped = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if wrapped is None and ip in ipaddress.ip_network("64:ff9b::/96"):
            wrapped = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if wrapped is not None:
            return is_public(str(wrapped))
    return ip.is_global and not ip.is_multicast


async def resolve(host: str, port: int) -> Sequence[str]:
    """All addresses of a name, by the system's resolver."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class PublicOnly(httpcore.AsyncNetworkBackend):
    """Connects to the address it has judged, so that nothing can change between the look and the leap."""

    def __init__(self, inner: httpcore.AsyncNetworkBackend, resolve: Resolve) -> None:
        self._inner = inner
        self._resolve = resolve

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A stream to the first address of `host`.

        Raises `Blocked` if any of its addresses is not public, `httpcore.ConnectError` if it has none.
        """
        try:
            addresses = await self._resolve(host, port)
        except OSError as error:
            raise httpcore.ConnectError(f"{host} has no address") from error
        if not addresses or not all(map(is_public, addresses)):
            raise Blocked("The shop's address leads into a private network.", code="private-address", advice=ADVICE)
        return await self._inner.connect_tcp(addresses[0], port, timeout, local_address, socket_options)

    async def sleep(self, seconds: float) -> None:
        """Part of httpcore's contract."""
        await self._inner.sleep(seconds)


class PublicTransport(httpx.AsyncHTTPTransport):
    """httpx's own transport over `PublicOnly`; proxies of the environment play no part in it."""

    def __init__(self, resolve: Resolve = resolve) -> None:
        super().__init__(trust_env=False)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=httpx.create_ssl_context(trust_env=False),
            max_connections=100,
            max_keepalive_connections=20,
            keepalive_expiry=5,
            network_backend=PublicOnly(httpcore.AnyIOBackend(), resolve),
        )
