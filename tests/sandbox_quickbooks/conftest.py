"""Books in Australia and in the United States, without a sample unless a test asks for one."""

# mypy: disable-error-code="import-untyped"
from collections.abc import AsyncIterator, Iterator

import pytest
from intuitlib.client import AuthClient
from quickbooks import QuickBooks

from .books import Books, open_books
from .over_http import Served, serving


@pytest.fixture
async def au() -> AsyncIterator[Books]:
    books = open_books("AU")
    async with books.client:
        yield books


@pytest.fixture
async def us() -> AsyncIterator[Books]:
    books = open_books("US")
    async with books.client:
        yield books


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving() as found:
        yield found


@pytest.fixture
def plain_http(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")  # the library's own switch


@pytest.fixture
def client(served: Served, plain_http: None, monkeypatch: pytest.MonkeyPatch) -> QuickBooks:
    """python-quickbooks, unmodified except for its base addresses, through its own OAuth library."""
    monkeypatch.setattr(QuickBooks, "api_url_v3", f"{served.base}/v3")
    company = served.company
    auth = AuthClient(company["client_id"], company["client_secret"], "https://x.example", environment=served.discovery)
    return QuickBooks(
        auth_client=auth, refresh_token=company["refresh_token"], company_id=company["realm_id"], minorversion=75
    )
