"""What the page "Access" says of each act: to whom or what, and from what to what."""

import datetime as dt
from typing import Any, Literal

import pytest

from app.console.acts import ACTS, in_words
from app.storage.people.audit import AuditEntry
from tests.console.pages import csrf_in, fields, shown, sign_in
from tests.support.app import Service

BEFORE: dict[str, Any] = {
    "start_date": "2026-11-22",
    "payment_methods": [{"id": "4", "deposit_account_id": None, "left_out": False, "preferred": False, "currency": ""}],
    "tax_codes": [{"code": "GST", "quickbooks_id": "", "left_out": False}],
    "untaxed_lines": {"home": {"products": ""}},
    "items": {"mode": "single", "item_id": "12", "reason_items": {}},
    "documents": {"class_id": "", "payment_links": False},
    "removals": "delete",
    "conflict_winner": {"sale": "quickbooks"},
    "lodged_until": None,
}
AFTER: dict[str, Any] = {
    **BEFORE,
    "payment_methods": [{"id": "4", "deposit_account_id": "57", "left_out": False, "preferred": True, "currency": ""}],
    "tax_codes": [{"code": "GST", "quickbooks_id": "5", "left_out": False}],
    "untaxed_lines": {"home": {"products": "6"}},
    "items": {"mode": "match", "item_id": "12", "reason_items": {"bad_debt": "13"}},
    "documents": {"class_id": "", "payment_links": True},
    "removals": "void",
    "conflict_winner": {"sale": "oncord"},
    "lodged_until": "2026-09-30",
}
NAMES = {
    "method:4": "PayPal",
    "account:57": "PayPal clearing",
    "tax_code:5": "GST",
    "tax_code:6": "GST free",
    "item:13": "Bad debts",
}


def act(action: str, detail: dict[str, Any], outcome: Literal["done", "refused"] = "done") -> str:
    return in_words(
        AuditEntry(1, dt.datetime(2026, 11, 22, tzinfo=dt.UTC), "Jane", "merchant", "", action, outcome, detail)
    )


def test_a_change_of_the_configuration_says_each_part_from_what_to_what() -> None:
    assert act("configuration.changed", {"before": BEFORE, "after": AFTER, "names": NAMES}).split("; ") == [
        "Changed the configuration: payment method PayPal from not decided to PayPal clearing, preferred",
        "tax code GST from not decided to GST",
        "lines without a tax code, within the country, products from not decided to GST free",
        "items, lines become from one item to an item per product",
        "new invoices, paying online from no to yes",
        "invoice of a sale that is deleted from deleted to voided",
        "goes on where both sides changed, sale from QuickBooks to Oncord",
        "last day that was lodged from not decided to 30 Sep 2026",
        "items, a bad debt is written off from not decided to Bad debts",
    ]
    first = act("configuration.changed", {"before": None, "after": AFTER, "names": NAMES})
    assert first == "Changed the configuration: for the first time, from 22 Nov 2026 on"
    old = act("configuration.changed", {"before": BEFORE, "after": AFTER})
    assert "57" not in old, "no id where the names of that day were not kept"


@pytest.mark.parametrize(
    ("action", "detail", "words"),
    [
        ("auto_sync.changed", {"auto_sync": False}, "Switched automatic synchronisation: off"),
        (
            "attention.resolved",
            {
                "item": "att_1",
                "kind": "locked_period",
                "answer": "leave_difference",
                "number": "1041",
                "date": "2026-11-22",
                "amount": "44.00",
                "currency": "AUD",
            },
            "Answered a question: In a locked period, 1041, 22 Nov 2026, 44.00 AUD; Leave it as a named difference",
        ),
        ("attention.reopened", {"item": "att_1"}, "Asked a question again"),
        (
            "connection.changed",
            {"fields": ["name"], "before": {"name": "Shop"}, "after": {"name": "Harbour"}},
            "Changed the name, the address or the token of the site: name from Shop to Harbour",
        ),
        (
            "record.retried",
            {"side": "oncord", "kind": "sale", "id": "17", "number": "1041", "run": "run_1"},
            "Had a record tried again: Sale 1041 in Oncord",
        ),
        (
            "record.put_back",
            {"side": "quickbooks", "kind": "contact", "id": "17", "run": "run_1"},
            "Had a record made anew: Customer in QuickBooks",
        ),
        (
            "run.requested",
            {"run": "run_1", "dry_run": True},
            "Asked for a synchronisation: only tried, nothing written",
        ),
        (
            "run.requested",
            {"run": "run_1", "plan": "run_0", "only": 3},
            "Asked for a synchronisation: 3 of what was shown",
        ),
        ("matches.answered", {"answer": "same", "count": 1}, "Said what is the same on both sides: 1 pair: the same"),
        (
            "month.sealed",
            {"month": "2026-10", "differences": 2},
            "Sealed a month: October 2026; with 2 named differences",
        ),
        (
            "quickbooks.join_refused",
            {"refused_as": "consent-denied"},
            "Came back from QuickBooks, and no company was joined: access was not given",
        ),
        (
            "quickbooks.join_refused",
            {"refused_as": "wrong-company", "more_within_a_minute": 1},
            "Came back from QuickBooks, and no company was joined: another one than that of this connection was chosen;"
            " 1 more time within a minute",
        ),
        (
            "connection.change_refused",
            {"refused_as": "oncord-token-refused", "more_within_a_minute": 4},
            "Tried to change the address or the token of the site: 4 more times within a minute",
        ),
        ("launch_link.made", {"person": "Jane", "role": "viewer"}, "Made a link that lets somebody in: Jane, viewer"),
        (
            "opening.answered",
            {"sale": "17", "number": "1041", "choice": "left_out"},
            "Said how a sale from before the start date comes into the books: sale 1041; it stays in Oncord",
        ),
        (
            "recipient.added",
            {"recipient": "rec_1", "way": "mail", "topics": ["reconnect"]},
            "Had somebody told of changes: by mail; QuickBooks has to be connected again",
        ),
        (
            "key.made",
            {"key": "Nightly", "scopes": ["read", "sync"]},
            "Made a key: Nightly; may look, synchronise and answer questions",
        ),
    ],
)
def test_an_act_says_what_it_was_about_and_never_an_id(action: str, detail: dict[str, Any], words: str) -> None:
    assert act(action, detail) == words


@pytest.mark.parametrize(
    "action", sorted(set(ACTS) - {"record.retried", "record.put_back", "month.sealed", "month.unsealed"})
)
def test_an_act_of_before_something_was_kept_with_it_has_its_words_alone(action: str) -> None:
    assert act(action, {}).startswith(ACTS[action])


async def test_the_page_says_what_was_changed_of_the_configuration(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    await sign_in(service)
    address = f"/connections/{connection_id}/configuration"
    form = await service.browser.get(address)
    values = fields(form) | {"csrf": csrf_in(form)}
    values["removals"] = "delete" if values["removals"] == "void" else "void"
    stored = await service.browser.post(address, data=values)
    assert stored.status_code == 303, shown(stored)

    words = shown(await service.browser.get(f"/connections/{connection_id}/access"))

    assert "Changed the configuration: " in words
    assert "invoice of a sale that is deleted from" in words
