"""No address of a site leads into our own network."""

import threading
from collections.abc import Sequence
from typing import Any

import httpcore
import httpx
import pytest

from app.errors import Blocked, InvalidInput
from app.oncord.address import check_url
from app.oncord.guard import LOOK_UPS_AT_ONCE, PublicOnly, PublicTransport, Resolver, is_public


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/api",
        "https://10.1.2.3",
        "https://169.254.169.254/latest",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://localhost/",
        "https://shop.localhost/",
        "https://metadata.internal/",
        "https://kubernetes.default.svc/",
        "https://postgres.default.svc.cluster.local/",
        "https://nas.lan/",
        "https://LDAP.corp./",
        "https://router.home/",
        "https://router.home.arpa/",
        "https://1.0.0.10.in-addr.arpa/",
        "https://wiki.intranet/",
        "https://db.private/",
        "https://db.localdomain/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://127.1/",
        "https://shop/",
        "http://shop.example/api",
        "ftp://shop.example/",
        "https://user:word@shop.example/",
        "https://shop.example/?x=1",
        "https://shop.example/#x",
        "https:///api",
        "shop.example",
        "",
        "https://[",
        "https://[::127.0.0.1]/",
        "https://[fec0::1]/",
        "https://192.0.0.192/opc/v2",
        "https://168.63.129.16/machine",
        "https://a..b.com",
        "https://xn--a.com",
        "https://shop.xn--a.com",
        "https://sh%6fp.example/",
        "https://-shop.example/",
        "https://" + "a" * 64 + ".example/",
        "https://" + "a." * 126 + "example/",
        "https://shop.example:0/",
        "https://shop.example:65536/",
        "https://shop.internal./",
        "https://exa mple.com/",
        "https://shop.example/\x00",
    ],
)
def test_an_address_that_is_no_public_https_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput):
        check_url(url, allow_private=False)


def test_a_public_address_is_tidied() -> None:
    assert (
        check_url(" https://shop.example/api/connector/v1/ ", allow_private=False)
        == "https://shop.example/api/connector/v1"
    )


@pytest.mark.parametrize(
    "spelling",
    [
        "https://SHOP.Example/api/v1",
        "https://shop.example./api/v1",
        "https://shop.example:443/api/v1/",
        "https://shop.example/%61pi/v1",
        "https://shop.example/./x/../api/v1",
        "https://shop.example/x/%2e%2e/api/v1",
        "https://shop.example/api/v1?",
    ],
)
def test_every_spelling_of_an_address_is_stored_as_one(spelling: str) -> None:
    assert check_url(spelling, allow_private=False) == "https://shop.example/api/v1"


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("https://B\u00dcCHER.example/", "https://xn--bcher-kva.example"),
        ("https://XN--bcher-kva.example", "https://xn--bcher-kva.example"),
        ("https://shop.example/a%2fb", "https://shop.example/a%2Fb"),
        ("https://shop.example:8443/x", "https://shop.example:8443/x"),
        ("https://[2606:2800:0220:1::1]/x", "https://[2606:2800:220:1::1]/x"),
    ],
)
def test_what_means_something_else_stays_as_it_is(given: str, stored: str) -> None:
    assert check_url(given, allow_private=False) == stored
    assert check_url(stored, allow_private=False) == stored


def test_private_addresses_may_be_allowed() -> None:
    assert check_url("http://127.0.0.1:8002/sites/demo", allow_private=True) == "http://127.0.0.1:8002/sites/demo"
    with pytest.raises(InvalidInput):
        check_url("file:///etc/passwd", allow_private=True)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("2002:a00:1::", False),
        ("fe80::1%eth0", False),
        ("0.0.0.0", False),
        ("::127.0.0.1", False),
        ("::93.184.216.34", False),
        ("::ffff:93.184.216.34", False),
        ("64:ff9b::5db8:d822", True),
        ("64:ff9b::c000:c0", False),
        ("64:ff9b:1::5db8:d822", False),
        ("64:ff9b:1::a00:1", False),
        ("2002:5db8:d822::1", False),
        ("2001:0:5db8:d822::1", False),
        ("2001:db8::1", False),
        ("2001:20::1", False),
        ("3fff::1", False),
        ("5f00::1", False),
        ("100::1", False),
        ("fec0::1", False),
        ("fd00:ec2::254", False),
        ("ff02::1", False),
        ("192.0.0.192", False),
        ("192.0.0.9", False),
        ("192.0.1.1", True),
        ("168.63.129.16", False),
        ("168.63.129.15", True),
        ("100.100.100.200", False),
        ("192.88.99.1", False),
        ("198.19.255.255", False),
        ("198.20.0.1", True),
        ("255.255.255.255", False),
        ("2a00:1450:4009::200e", True),
    ],
)
def test_public_addresses_are_told_from_others(address: str, public: bool) -> None:
    assert is_public(address) is public


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["93.184.216.34", "10.0.0.1"], []])
async def test_a_public_name_with_a_private_address_is_never_connected_to(addresses: list[str]) -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        assert (host, port) == ("shop.example", 443)
        return addresses

    async with httpx.AsyncClient(transport=PublicTransport(resolve)) as http:
        with pytest.raises(Blocked):
            await http.get("https://shop.example/site")


async def test_the_address_that_was_judged_is_the_one_that_is_connected_to() -> None:
    connected: list[tuple[str, int]] = []

    class Wires(httpcore.AsyncNetworkBackend):
        async def connect_tcp(self, host: str, port: int, *rest: Any, **more: Any) -> httpcore.AsyncNetworkStream:
            connected.append((host, port))
            raise httpcore.ConnectError("nobody there")

    async def resolve(host: str, port: int) -> Sequence[str]:
        return ["93.184.216.34", "93.184.216.35"]

    with pytest.raises(httpcore.ConnectError):
        await PublicOnly(Wires(), resolve).connect_tcp("shop.example", 443)

    assert connected == [("93.184.216.34", 443)]


async def test_a_name_that_nobody_answers_for_ends_in_time_and_holds_up_no_other_name() -> None:
    let_go = threading.Event()
    asked: list[str] = []

    def look_up(host: str, port: int, **more: Any) -> list[Any]:
        asked.append(host)
        if host == "slow.example":
            let_go.wait(10)
        return [(None, None, None, "", ("93.184.216.34", port))]

    resolver = Resolver(0.05, look_up)
    try:
        for _ in range(2 * LOOK_UPS_AT_ONCE):
            with pytest.raises(TimeoutError):
                await resolver("slow.example", 443)
        assert await resolver("shop.example", 443) == ["93.184.216.34"]
        assert asked == ["slow.example", "shop.example"]
        async with httpx.AsyncClient(transport=PublicTransport(resolver)) as http:
            with pytest.raises(httpx.ConnectTimeout):
                await http.get("https://slow.example/site")
    finally:
        let_go.set()


async def test_a_name_without_an_address_is_a_connection_that_failed() -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        raise OSError("unknown")

    async with httpx.AsyncClient(transport=PublicTransport(resolve)) as http:
        with pytest.raises(httpx.ConnectError):
            await http.get("https://shop.example/site")
