"""What a dry run would move in the books, as an accountant reads it: by figure, month and reporting period.

Receivables, each account, and income and tax by the label that they are reported on: of a BAS in Australia, taxable or not in
America, by tax code elsewhere.
"""

import calendar
import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from app.domain.model.configuration import Configuration
from app.domain.model.gst_periods import GstPeriod, next_end
from app.storage.connections.connections import Connection
from app.storage.runs.previews import Moved
from app.tieout.labels import UNKNOWN, labels_of
from app.zones import zone_named

ZERO, CENT = Decimal(0), Decimal("0.01")
_LENGTHS = {"monthly": 1, "quarterly": 3, "yearly": 12}
_LABELS = {
    "G1": "Total sales, with GST",
    "G2": "Export sales",
    "G3": "Other GST-free sales",
    "G4": "Input taxed sales",
    "1A": "GST on sales",
    UNKNOWN[0]: "Sales whose label is not known",
}
_AMERICAN = {"TAX": "Taxable sales", "NON": "Sales that are not taxable"}
_ORDER = ("receivables", "account", "income", "tax")


@dataclass(frozen=True, slots=True)
class FigureMoved:
    """One figure moves by `amount` of `currency`, in the books by `home_amount` (None: no rate is known). `label`: that of the return."""

    figure: str
    name: str
    label: str
    currency: str
    amount: Decimal
    home_amount: Decimal | None


@dataclass(frozen=True, slots=True)
class MonthMoved:
    """What moves in one month ("2026-11"; "" of documents without a date). `locked`: some of it lies in a locked period."""

    month: str
    locked: bool
    figures: Sequence[FigureMoved]


@dataclass(frozen=True, slots=True)
class PeriodMoved:
    """What moves in one reporting period. `earlier`: that period was over when the run ended."""

    first: dt.date | None
    last: dt.date | None
    locked: bool
    earlier: bool
    figures: Sequence[FigureMoved]
    months: Sequence[MonthMoved]


@dataclass(frozen=True, slots=True)
class MoneyMoved:
    """The whole effect: over all days, and by period, the locked ones first. `home`: the currency of the books."""

    home: str
    basis: str
    figures: Sequence[FigureMoved]
    periods: Sequence[PeriodMoved]

    @property
    def asks_twice(self) -> bool:
        """Whether a locked or an earlier period moves, so that a person is asked twice."""
        return any(each.locked or each.earlier for each in self.periods)


def in_figures(moved: Sequence[Moved], connection: Connection, at: dt.datetime) -> MoneyMoved:
    """What moves, by figure, period and month; periods are those that GST is reported for, else months."""
    configuration = connection.configuration
    facts = connection.facts or {}
    zone = zone_named(str((facts.get("oncord") or {}).get("time_zone") or ""))
    today = at.astimezone(zone).date()
    country = configuration.country if configuration is not None else ""
    by_period: dict[tuple[dt.date | None, dt.date | None], list[Moved]] = {}
    for each in moved:
        by_period.setdefault(_period_of(each.month, configuration), []).append(each)
    periods = [
        PeriodMoved(
            first=first,
            last=last,
            locked=any(each.locked for each in rows),
            earlier=last is not None and last < today,
            figures=_figures(rows, country),
            months=[*_months(rows, country)],
        )
        for (first, last), rows in by_period.items()
    ]
    periods = [each for each in periods if each.figures]
    periods.sort(key=lambda p: (not p.locked, p.first or dt.date.max))
    basis = "cash" if configuration is not None and configuration.gst_basis == "cash" else "accrual"
    home = configuration.home_currency if configuration is not None else ""
    return MoneyMoved(home=home, basis=basis, figures=_figures(moved, country), periods=periods)


def _period_of(month: str, configuration: Configuration | None) -> tuple[dt.date | None, dt.date | None]:
    """The first and last day of the period that a month lies in."""
    if not month:
        return None, None
    year, number = (int(part) for part in month.split("-"))
    day = dt.date(year, number, calendar.monthrange(year, number)[1])
    decided = configuration.gst_period if configuration is not None else "undecided"
    period: GstPeriod = decided if decided != "undecided" else "monthly"
    last = next_end(period, day, configuration.country if configuration is not None else "") or day
    months = last.year * 12 + last.month - _LENGTHS[period]
    return dt.date(months // 12, months % 12 + 1, 1), last


def _months(rows: Iterable[Moved], country: str) -> Iterator[MonthMoved]:
    by_month: dict[str, list[Moved]] = {}
    for each in rows:
        by_month.setdefault(each.month, []).append(each)
    for month in sorted(by_month):
        figures = _figures(by_month[month], country)
        if figures:
            yield MonthMoved(month, any(each.locked for each in by_month[month]), figures)


def _figures(rows: Iterable[Moved], country: str) -> list[FigureMoved]:
    """The sums of some rows; what comes to nothing is left out. Shares by payment are rounded once, here."""
    sums: dict[tuple[int, str, str, str, str], tuple[Decimal, Decimal | None]] = {}
    for row in rows:
        for figure, label, name in _places(row, country):
            place = (_ORDER.index(figure), figure, label, name, row.currency)
            amount, home = sums.get(place, (ZERO, ZERO))
            sums[place] = (amount + row.amount, None if home is None or row.home is None else home + row.home)
    return [
        FigureMoved(figure, name, label, currency, _rounded(amount), None if home is None else _rounded(home))
        for (_, figure, label, name, currency), (amount, home) in sorted(sums.items())
        if _rounded(amount) or (home is not None and _rounded(home))
    ]


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def _places(row: Moved, country: str) -> Iterator[tuple[str, str, str]]:
    """The figures that a row belongs to: figure, label, name."""
    if row.figure == "receivables":
        yield "receivables", "", "Owed by customers"
    elif row.figure == "account":
        yield "account", "", row.name or "An account that is not in use any more"
    elif country == "AU":
        labels = ["G1", "1A"] if row.figure == "tax" else _labels(row, country)
        for label in labels:
            yield "tax" if label == "1A" else "income", label.replace(UNKNOWN[0], ""), _LABELS[label]
        if not labels:
            yield "income", "", "Sales outside GST"
    elif row.figure == "tax":
        yield "tax", "", "Sales tax" if country == "US" else "Tax on sales"
    elif country == "US":
        yield "income", "", _AMERICAN.get(row.key, _AMERICAN["NON"])
    else:
        yield "income", "", f"Sales under tax code {row.name}" if row.name else "Sales without a tax code"


def _labels(row: Moved, country: str) -> list[str]:
    return [each for each in labels_of(row.key, row.rate, country, row.name) if each != "1A"]
