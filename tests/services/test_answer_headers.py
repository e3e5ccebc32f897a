"""How long an answer asks to be left alone; and that no answer's cookie is ever sent again."""

import ast
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from app.answer_headers import moment_in, no_cookies, retry_after
from app.runtime import Runtime, Seams, open_runtime
from tests.support.app import Service

ROOT = Path(__file__).parent.parent.parent
NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        ("7", 7),
        (" 7 ", 7),
        ("3600", 3600),
        ("3601", 3600),
        ("9" * 5000, 3600),
        ("Fri, 20 Nov 2026 03:02:00 GMT", 120),
        ("Fri, 20 Nov 2026 03:02:00 -0000", 120),
        ("Fri, 20 Nov 2026 02:00:00 GMT", 0),
        ("Sat, 21 Nov 2026 03:00:00 GMT", 3600),
        ("Fri, 20 Nov 99999999999999999999 03:02:00 GMT", None),
        ("Fri, 20 Nov 2026 03:02:00 +9999999999", None),
        ("", None),
        ("soon", None),
        ("-7", None),
        ("7.5", None),
        ("\u00b2", None),
        ("\u0663", None),
        ("1_0", None),
    ],
)
def test_an_answer_is_waited_for_as_it_asks_and_an_hour_at_most(value: str, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds


def test_a_date_that_counts_from_nowhere_is_no_wait() -> None:
    assert retry_after("Fri, 20 Nov 2026 03:02:00 GMT", None) is None
    assert moment_in("") is None


class Baker(httpx.AsyncBaseTransport):
    """Answers with cookies for a whole domain, and remembers what it was sent."""

    def __init__(self) -> None:
        self.sent: list[str | None] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request.headers.get("cookie"))
        cookies = ["poison=1; Domain=.oncord.com; Path=/", "own=1", "site=1; Domain=.a.oncord.com; Max-Age=99999"]
        return httpx.Response(200, headers=[("set-cookie", each) for each in cookies], request=request)


async def test_a_client_without_the_jar_would_send_them() -> None:
    baker = Baker()
    async with httpx.AsyncClient(transport=baker) as http:
        await http.get("https://a.oncord.com/")
        await http.get("https://b.oncord.com/")
    assert baker.sent == [None, "poison=1"]


async def test_no_cookie_of_an_answer_is_sent_again(service: Service) -> None:
    baker = Baker()
    seams = Seams(clock=service.clock, quickbooks_transport=baker, oncord_transport=baker, outgoing_transport=baker)
    async with open_runtime(service.settings, seams) as runtime:
        for http in clients(runtime):
            for address in ("https://a.oncord.com/", "https://b.oncord.com/", "https://a.oncord.com/x"):
                await http.get(address)
            assert not list(http.cookies.jar)

    assert baker.sent == [None] * 9


def clients(runtime: Runtime) -> tuple[httpx.AsyncClient, ...]:
    return runtime.quickbooks_http, runtime.oncord_http, runtime.outgoing_http


def test_every_client_that_the_service_builds_keeps_no_cookies() -> None:
    built = [
        (path, call)
        for path in (ROOT / "app").rglob("*.py")
        if "sandbox" not in path.parts
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call)
        and ast.unparse(call.func).rpartition(".")[2] in {"AsyncClient", "Client", "AsyncOAuth2Client", "OAuth2Client"}
    ]

    assert {path.name for path, _ in built} == {"runtime.py", "oauth.py"}
    for path, call in built:
        assert "cookies=no_cookies()" in ast.unparse(call), path
    assert len(no_cookies()) == 0
