"""Keeps requests to a site's address away from our own network.

A merchant types the address of the site, so it may point anywhere: at a cloud's metadata service, at a neighbour on
our network. `address.check_url` judges what can be seen in the address, and `PublicTransport` what its name resolves to
at the very moment of connecting (a name may resolve differently a second later). No redirect is ever followed.
"""

import asyncio
import functools
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpcore
import httpx

from app.errors import Blocked
from app.oncord import special_addresses

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host name and port."""
LookUp = Callable[..., Sequence[Any]]
"""`socket.getaddrinfo`."""

RESOLVE_SECONDS = 5.0
LOOK_UPS_AT_ONCE = 32


def advice(*, allow_private: bool = False) -> str:
    """What to do about an address that cannot be called."""
    return f"Enter the {'' if allow_private else 'public https '}address of the shop's connector."


def is_public(address: str) -> bool:
    """Whether a shop may answer from this IP address: it belongs to the public internet and wraps no other one."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv4Address):
        return not any(ip in block for block in special_addresses.IPV4)
    if ip in special_addresses.NAT64:
        return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
    return ip in special_addresses.IPV6_UNICAST and not any(ip in block for block in special_addresses.IPV6)


class Resolver:
    """All addresses of a name, by the system's resolver, in threads of its own: one that hangs holds up nobody else.

    A name is looked up once at a time however many ask, and nobody waits for it longer than `seconds` (TimeoutError).
    """

    def __init__(self, seconds: float = RESOLVE_SECONDS, look_up: LookUp = socket.getaddrinfo) -> None:
        self._seconds = seconds
        self._look_up = look_up
        self._threads = ThreadPoolExecutor(LOOK_UPS_AT_ONCE, thread_name_prefix="names")
        self._under_way: dict[tuple[str, int], asyncio.Future[Any]] = {}

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """Raises OSError where there is no such name or it is not answered for in time."""
        name = (host, port)
        if name not in self._under_way:
            self._begin(name)
        async with asyncio.timeout(self._seconds):
            found = await asyncio.shield(self._under_way[name])
        return list(dict.fromkeys(str(entry[4][0]) for entry in found))

    def _begin(self, name: tuple[str, int]) -> None:
        loop = asyncio.get_running_loop()
        look_up = functools.partial(self._look_up, *name, type=socket.SOCK_STREAM)
        future = self._under_way[name] = loop.run_in_executor(self._threads, look_up)
        future.add_done_callback(functools.partial(self._ended, name))

    def _ended(self, name: tuple[str, int], future: asyncio.Future[Any]) -> None:
        del self._under_way[name]
        if not future.cancelled():
            future.exception()  # whoever asked may have gone


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

        Raises `Blocked` if any of its addresses is not public, `httpcore.ConnectError` if it has none,
        `httpcore.ConnectTimeout` if that cannot be learned in time.
        """
        try:
            addresses = await self._resolve(host, port)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(f"nobody said in time where {host} is") from error
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host} has no address") from error
        if not addresses or not all(map(is_public, addresses)):
            raise Blocked("The shop's address leads into a private network.", code="private-address", advice=advice())
        return await self._inner.connect_tcp(addresses[0], port, timeout, local_address, socket_options)

    async def sleep(self, seconds: float) -> None:
        """Part of httpcore's contract."""
        await self._inner.sleep(seconds)


class PublicTransport(httpx.AsyncHTTPTransport):
    """httpx's own transport over `PublicOnly`; proxies of the environment play no part in it."""

    def __init__(self, resolve: Resolve | None = None) -> None:
        super().__init__(trust_env=False)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=httpx.create_ssl_context(trust_env=False),
            max_connections=100,
            max_keepalive_connections=20,
            keepalive_expiry=5,
            network_backend=PublicOnly(httpcore.AnyIOBackend(), resolve or Resolver()),
        )
