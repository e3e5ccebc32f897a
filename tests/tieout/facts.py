"""A small world to judge: builders for both sides' records, and everything about them that is not at its default."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from app.tieout.differences import Difference
from app.tieout.facts import Applied, Entry, Group, Settings, TaxedLine, Ties
from app.tieout.figures import Figures, less, total
from app.tieout.judge import Judge

D = Decimal
SETTINGS = Settings(
    start_date=dt.date(2026, 1, 1),
    accounts={("3", ""): "35", ("4", ""): "35"},
    codes={"GST": "10", "FREE": "5"},
    home_currency="AUD",
    bad_debt_item="31",
)
TIES = Ties(
    documents={"90": "7", "91": "8"},
    people={
        ("oncord", "1"): "oncord:1",
        ("oncord", "2"): "oncord:2",
        ("quickbooks", "51"): "oncord:1",
        ("quickbooks", "52"): "oncord:2",
    },
    document_people={"oncord:7": "oncord:1", "oncord:8": "oncord:2"},
)


def sale(record_id: str = "7", net: str = "100.00", tax: str = "10.00", **members: Any) -> Entry:
    return _document("oncord", record_id, "GST", "1", D(net), D(tax), members)


def invoice(record_id: str = "90", net: str = "100.00", tax: str = "10.00", **members: Any) -> Entry:
    return _document("quickbooks", record_id, "10", "51", D(net), D(tax), members)


def _document(side: Any, record_id: str, code: str, contact: str, net: Decimal, tax: Decimal, members: Any) -> Entry:
    told: dict[str, Any] = {
        "number": "1041",
        "date": dt.date(2026, 11, 20),
        "currency": "AUD",
        "contact_id": contact,
        "total": net + tax,
        "tax_total": tax,
        "lines": (TaxedLine(code, net, tax),),
    }
    return Entry(side, record_id, **(told | members))


def receipt(amount: str = "110.00", *pays: tuple[str, str], record_id: str = "20", **members: Any) -> Entry:
    return _money("oncord", record_id, "1", "3", amount, pays, members)


def payment(amount: str = "110.00", *pays: tuple[str, str], record_id: str = "95", **members: Any) -> Entry:
    return _money("quickbooks", record_id, "51", "35", amount, pays, members)


def _money(
    side: Any, record_id: str, contact: str, channel: str, amount: str, pays: Iterable[tuple[str, str]], members: Any
) -> Entry:
    told: dict[str, Any] = {
        "currency": "AUD",
        "contact_id": contact,
        "channel": channel,
        "total": D(amount),
        "applied": tuple(Applied(document, D(part)) for document, part in pays),
    }
    return Entry(side, record_id, is_document=False, **(told | members))


def pair(ours: Entry | None, *theirs: Entry, **members: Any) -> Group:
    return Group(ours, theirs, **members)


def found(*groups: Group, settings: Settings = SETTINGS, ties: Ties = TIES) -> list[Difference]:
    """All differences; what they move adds up to what lies between both sides, or the judge says so itself."""
    return judged(groups, settings, ties)[0]


def judged(groups: Iterable[Group], settings: Settings, ties: Ties) -> tuple[list[Difference], Figures, Figures]:
    """All differences, and both sides' figures; documents first."""
    judge = Judge(settings)
    ordered = sorted(groups, key=lambda group: not group.entries[0].is_document)
    differences = [difference for group in ordered for difference in judge.take(group, ties)]
    oncord, quickbooks, rest = judge.end()
    assert total(judge.by_cause.values()) == less(quickbooks, oncord)
    return [*differences, *rest], oncord, quickbooks


def brief(differences: Iterable[Difference]) -> list[tuple[str, Decimal, str]]:
    """What differs, by how much, and why."""
    return [(d.what, d.amount, d.cause.value) for d in differences]
