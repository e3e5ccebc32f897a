"""The rows of the tables of a period's report, out of a certificate. Pure; nothing is counted but the sums by label."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from app.storage.connections.channel_names import nameless
from app.tieout.rolls import COLUMNS

Rows = Iterator[tuple[Any, ...]]
ROLLED_AT_HOME = ("exchange", "rounding")
"""What a roll-forward has besides at home, where it is in another currency."""
SIDES = ("oncord", "quickbooks")

LABELS = {
    "G1": "Total sales, with tax",
    "G2": "Export sales, within G1",
    "G3": "Other GST-free sales, within G1",
    "G4": "Input taxed sales, within G1",
    "1A": "GST on sales",
    "?": "Sales of which the label is not known: look at the tax code",
}
"""The labels of a BAS that sales stand on, and what each counts (`app.tieout.labels`)."""


def labels(by_code: Iterable[Mapping[str, Any]]) -> Rows:
    """Sales with tax under each label, and the tax under 1A."""
    sums: dict[tuple[str, str], dict[str, Decimal]] = {}
    at_home: dict[tuple[str, str], tuple[str, Decimal]] = {}
    for row in by_code:
        for label in row["labels"]:
            here = sums.setdefault((label, row["currency"]), dict.fromkeys(SIDES, Decimal("0.00")))
            for side in SIDES:
                figures = row.get(side, {})
                counted = ("tax",) if label == "1A" else ("sales", "tax")
                here[side] += sum((Decimal(figures.get(what, "0.00")) for what in counted), Decimal(0))
            if home := row.get("home"):
                _, before = at_home.get((label, row["currency"]), ("", Decimal("0.00")))
                amount = sum((Decimal(home[what]) for what in counted), before)
                at_home[label, row["currency"]] = home["currency"], amount
    for (label, currency), sides in sorted(sums.items(), key=lambda each: (list(LABELS).index(each[0][0]), each[0][1])):
        yield (
            label,
            LABELS[label],
            currency,
            *(sides[side] for side in SIDES),
            *at_home.get((label, currency), ("", "")),
        )


def codes(by_code: Iterable[Mapping[str, Any]]) -> Rows:
    """Sales and tax under each tax code."""
    for row in by_code:
        figures = (row.get(side, {}).get(what, "0.00") for side in SIDES for what in ("sales", "tax"))
        home = row.get("home") or {}
        told = (home.get(name, "") for name in ("currency", "sales", "tax"))
        yield row["code"], row.get("name", ""), " ".join(row["labels"]), row["currency"], *figures, *told


def rolls(rolls: Iterable[Mapping[str, Any]]) -> Rows:
    """What customers owe, from the first day to the last."""
    for roll in rolls:
        home = roll.get("home") or {}
        for line in (*COLUMNS, *(name for name in ROLLED_AT_HOME if name in home)):
            told = home.get("currency", "") if line in home else "", home.get(line, "")
            yield line.replace("_", " "), roll["currency"], *(roll[side].get(line, "") for side in SIDES), *told


def parts_of_ledger(lines: Iterable[Mapping[str, Any]]) -> Rows:
    """What of a figure of the ledger is neither in a document nor beyond them, and the payments that prove it."""
    for line in lines:
        for part in line.get("parts", ()):
            yield line["name"], part["cause"].replace("_", " "), "", "", line["currency"], part["amount"], part["count"]
            for paid in part.get("payments", ()):
                yield line["name"], "payment", paid["number"], paid["date"], line["currency"], paid["amount"], ""


def of_sides(rows: Iterable[Mapping[str, Any]], name: str, otherwise: str, figures: tuple[str, ...]) -> Rows:
    """A row for each side of what has figures of both."""
    for row in rows:
        for side in SIDES:
            yield (
                row[name] or nameless(row[otherwise]),
                side,
                row["currency"],
                *(row[side][figure] for figure in figures),
            )


def of_vouchers(rows: Iterable[Mapping[str, Any]], figures: tuple[str, ...]) -> Rows:
    """What of vouchers was sold, redeemed, and is owed."""
    for row in rows:
        for side in SIDES:
            yield side, row["currency"], *(row[side][figure] for figure in figures)


def plain(rows: Iterable[Mapping[str, Any]], columns: tuple[str, ...]) -> Rows:
    """Rows as they stand in the certificate."""
    for row in rows:
        yield tuple(", ".join(value) if isinstance(value := row.get(name), list) else value for name in columns)
