"""One vocabulary for people: a walk over every page of a connection in which everything has happened."""

import re
from collections.abc import AsyncIterator
from html import unescape

import httpx
import pytest

from app.console import causes_of_work, said_of_work
from app.domain.model.operations import Action
from app.domain.model.rules import RULES
from app.services import answers_in_words, attention
from tests.support.joint import Joint, joined
from tests.support.services import DatabaseUrls
from tests.support.stories import change, customer, invoice, payment, remove, void
from tests.support.watched import watched

ENGINE_WORDS = re.compile(
    r"\b(rebas\w*|park(ed|s|ing)?|tombston\w*|adopt\w*|replay\w*|held|touched|skip\w*|repoint\w*|dedup\w*|epoch|mirror\w*|"
    r"undefined)\b",
    re.IGNORECASE,
)
OWN_IDS = re.compile(r"\b(run|op|att|con|tie|key)_[0-9a-z]{8,}")
STRUCTURES = re.compile(r"[{}\[\]]|&#39;|Decimal\(|datetime\.|\bNone\b|\bnull\b|\w+_\w+")
COMPANY = "Sandbox Company_AU_1"
"""The simulator's company is called so."""
AMOUNTS_OF_PROGRAMS = re.compile(r"\d\.\d\d AUD\b|\d{4}\.\d\d [A-Z]{3}\b")
"""In the company's own currency, or without commas: of a company in Australia that is written $1,204.50."""
BARE_RULE = re.compile(r"\b([CSRTB]\d)\b(?!:)")
BARE_CODE = re.compile(r"(?<!code )\b\d{4}\b(?=\s*(refused|failed))")


@pytest.fixture
async def joint(own_database: DatabaseUrls) -> AsyncIterator[Joint]:
    """A shop and a company."""
    async with joined(own_database.app) as running:
        yield running


async def rich_world(joint: Joint) -> None:
    """Writes both ways, an edit, a conflict, removals, voids, a refusal, an unmapped method, a deleted counterpart, a try."""
    ada = await joint.contact()
    sale = await joint.sale(ada["id"], number="1041")
    await joint.receipt(sale)
    await joint.sale(ada["id"], number="1042", currency="USD")
    waits = await joint.sale(ada["id"], number="1043")
    await joint.receipt(waits, payment_method_id=await joint.method("paypal"))
    zed = await customer(joint, "Zed", "Zebra")
    there = await invoice(joint, zed["Id"], DocNumber="Q-7")
    await payment(joint, zed["Id"], "33.00", {there["Id"]: "33.00"})
    gone = await invoice(joint, zed["Id"], DocNumber="Q-8")
    voided = await invoice(joint, zed["Id"], DocNumber="Q-9")
    await joint.sync(dry_run=True)
    await joint.sync()
    await joint.in_shop(
        "PATCH", f"contacts/{ada['id']}", {"phone": "0400 111 111", "billing_address": {"line1": "1 Quay St"}}
    )
    book = next(c for c in await joint.books_list("customer") if c.get("GivenName") == "Ada")
    await change(joint, "customer", book["Id"], PrimaryPhone={"FreeFormNumber": "0400 222 222"})
    await remove(joint, "invoice", gone["Id"])
    await void(joint, "invoice", voided["Id"])
    await joint.in_shop("DELETE", f"sales/{waits['id']}")
    await joint.contact("Zed", "Zebra", email="other@example.com")
    await joint.sync()


def main_of(page: httpx.Response) -> str:
    """The words of a page without what frames it."""
    found = re.search(r"<main[^>]*>(.*)</main>", page.text, re.DOTALL)
    assert found, page.text
    inner = found[1].replace(COMPANY, "the company")
    bare = re.sub(r"<(option|code)[^>]*>.*?</\1>", " ", inner, flags=re.DOTALL)
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", bare)))


def _leads_elsewhere(link: str) -> bool:
    """To QuickBooks, to another connection, or to a file."""
    return link.endswith(("/connect", "/connections/new")) or link.partition("?")[0].endswith((".csv", ".zip"))


async def test_no_page_speaks_in_the_words_of_the_engine_or_shows_what_has_no_name(joint: Joint) -> None:
    await rich_world(joint)
    async with watched(joint) as seen:
        front = await seen.browser.get("/")
        addresses, looked_at, faults = [f"/connections/{joint.connection_id}"], dict[str, str](), list[str]()
        assert joint.connection_id in front.text
        while addresses:
            address = addresses.pop(0)
            if address in looked_at:
                continue
            page = await seen.browser.get(address)
            assert page.status_code == 200, (address, page.text)
            looked_at[address] = main_of(page)
            assert f'href="/connections/{joint.connection_id}/attention"' in page.text, f"{address} leads nowhere"
            links = (unescape(link).partition("#")[0] for link in re.findall(r'href="(/connections/[^"]+)"', page.text))
            addresses += [link for link in links if not _leads_elsewhere(link)]

    kinds = {
        re.sub(r"_[0-9a-z]+|/\d+|\?.*", "", address.removeprefix(f"/connections/{joint.connection_id}"))
        for address in looked_at
    }
    assert {"", "/runs/run", "/attention/att", "/document-changes"} <= kinds, kinds
    assert any(kind.startswith("/records/") for kind in kinds), kinds
    for address, words in looked_at.items():
        for what in (ENGINE_WORDS, OWN_IDS, STRUCTURES, BARE_RULE, BARE_CODE, AMOUNTS_OF_PROGRAMS):
            faults += [f"{address}: {words[max(0, m.start() - 50) : m.end() + 50]}" for m in what.finditer(words)]
    assert not faults, "\n".join(faults)


def test_every_action_and_rule_has_its_words() -> None:
    for action in Action:
        words = said_of_work._WRITES.get(action) or said_of_work._DECISIONS[action]
        assert not ENGINE_WORDS.search(str(words))
    for number, sentence in RULES.items():
        assert said_of_work.rule(number) == f"{number}: {sentence}"


def test_a_run_is_told_in_names_and_money() -> None:
    moved = [
        {"side": "quickbooks", "action": "create", "sort": "sale", "count": 3, "amount": "412", "currency": "AUD"},
        {"side": "quickbooks", "action": "create", "sort": "sale", "count": 1, "amount": "20", "currency": "USD"},
        {"side": "oncord", "action": "create", "sort": "receipt", "count": 1, "amount": "44", "currency": "AUD"},
        {"side": "quickbooks", "action": "update", "sort": "contact", "count": 2, "amount": "0", "currency": ""},
    ]

    words = said_of_work.told({"created": 5, "moved": moved, "parked": 1, "skipped": 9})

    assert words == (
        "4 sales, 412.00 AUD and 20.00 USD sent; 1 payment, 44.00 AUD received; 2 contacts changed in QuickBooks;"
        " 1 waiting for somebody"
    )
    assert said_of_work.told({"moved": moved[2:3]}, dry_run=True) == "1 payment, 44.00 AUD would be received"
    assert said_of_work.told({"read": 2, "moved": []}) == "2 read"


def test_every_answer_has_a_button_and_says_what_it_does() -> None:
    assert set(answers_in_words.EFFECTS) - {"choose"} == set(answers_in_words.NAMES)
    assert set(answers_in_words.EFFECTS) == {attention.DISMISS, *attention._EFFECTIVE}
    assert not any(
        ENGINE_WORDS.search(words) for words in (*answers_in_words.EFFECTS.values(), *causes_of_work.CAUSES.values())
    )
