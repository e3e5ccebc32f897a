"""No address of a site leads into our own network."""

from collections.abc import Sequence

import httpx
import pytest

from app.errors import Blocked, InvalidInput
from app.oncord.guard import PublicTransport, check_url, is_public


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


async def test_a_name_without_an_address_is_a_connection_that_failed() -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        raise OSError("unknown")

    async with httpx.AsyncClient(transport=PublicTransport(resolve)) as http:
        with pytest.raises(httpx.ConnectError):
            await http.get("https://shop.example/site")
