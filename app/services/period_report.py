"""What an accountant or a BAS agent needs of a period, in one archive: its documents and payments one by one, the figures of a
certificate as tables, and each write that changed a document of it.

Nothing is counted here that the certificate has not counted, but for the sums by label. It is written as it is read.
"""

import datetime as dt
import json
import re
import unicodedata
import zipfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.errors import Conflict
from app.services import document_changes, period_documents, period_tables, sealed_months, tie_outs
from app.services.archives import BOM, PIECE, Pieces, csv_line
from app.services.period_tables import SIDES, Rows
from app.services.ports import ServiceContainer
from app.services.printable import page_of
from app.storage.paging import MAX_LIMIT
from app.storage.records.document_changes import DocumentChange
from app.storage.tieouts.seals import SealedMonth
from app.tieout.period import Period, month_of

Certificate = Mapping[str, Any]
CHANGES = {
    "written_at": "written_at",
    "side": "side",
    "document": "called",
    "action": "action",
    "date_before": "date_before",
    "date": "date",
    "currency": "currency",
    "amount_before": "amount_before",
    "amount": "amount",
    "tax_before": "tax_before",
    "tax": "tax",
    "why": "reason",
    "decided_by": "decided_by",
}
"""The columns of what was written in the period, and what of a change stands in each."""

READ_ME = """\
{site} and {company}, {first} to {last} ({zone}), as compared at {taken_at}.

Each table is CSV in UTF-8 and opens in a spreadsheet. Both sides stand beside each other: oncord is the shop, quickbooks the books.
Amounts are in the currency that stands beside them. Tax by code and by label is by the date of the document. Documents, payments and
changes are listed as they stand when this report is made; everything else as it was compared.

certificate.html      the tables of the certificate on one page, to read and to print
documents.csv         each sale, credit, invoice and credit memo of these days as both sides have it; credits are below zero, and what is
                      draft, cancelled or void does not count
payments.csv          each payment and refund of these days as both sides have it; what is paid back is below zero
summary.csv           what this is about, and whether both sides agree
bas-labels.csv        sales and GST by label (Australia)
tax-codes.csv         sales without tax, and tax, by tax code
receivables.csv       what customers owe, from the first day to the last
accounts.csv          customers' money by account
ledger.csv            QuickBooks' own reports beside the documents, where they were read
ledger-parts.csv      what of it is an exchange difference or rounding of other currencies, with the payments that make it
ledger-entries.csv    what QuickBooks lists of these days that is no synchronised document, where the ledger holds something else
vouchers.csv          vouchers that are owed on the last day
numbers.csv           series of document numbers, with gaps and what is void
differences.csv       each difference with its cause, and what to do
not-compared.csv      what was left out, and why
document-changes.csv  each write of this service that changed a document dated in the period
certificate.json      all of it as it was issued; python -m app.tieout verify adds it up again
"""


@dataclass(frozen=True, slots=True)
class Report:
    """The archive, piece by piece, and the name of its file without an ending: the shop and its period."""

    name: str
    pieces: AsyncIterator[bytes]


def file_name(certificate: Certificate) -> str:
    """What a file about a certificate's period is called, without an ending: "brisbane-homewares-2026-10"; its id where it has none."""
    if "period" not in certificate:
        return str(certificate["id"])
    told = unicodedata.normalize("NFKD", certificate["site"] or certificate["connection"])
    shop = re.sub(r"[^a-z0-9]+", "-", told.encode("ascii", "ignore").decode().lower()).strip("-") or "shop"
    first, last = (dt.date.fromisoformat(certificate["period"][end]) for end in ("first", "last"))
    whole = Period(first, last) == month_of(f"{first:%Y-%m}")
    return f"{shop[:60]}-{first:%Y-%m}" if whole else f"{shop[:60]}-{first}-to-{last}"


async def certificate_of_a_period(container: ServiceContainer, connection_id: str, tie_out_id: str) -> Certificate:
    """A certificate that says its period.

    Raises `NotFound` without the certificate, and `Conflict` for one of before certificates said their period.
    """
    certificate = await tie_outs.read_certificate(container, connection_id, tie_out_id)
    if "period" not in certificate:
        raise Conflict(
            "no-period", "This certificate is of no period. Compare both sides anew, and take that one's report."
        )
    return certificate


async def begin(container: ServiceContainer, connection_id: str, tie_out_id: str) -> Report:
    """The report; raises as `certificate_of_a_period` does."""
    certificate = await certificate_of_a_period(container, connection_id, tie_out_id)
    sealed = [
        each for each in await sealed_months.list_months(container, connection_id) if each.tie_out_id == tie_out_id
    ]
    return Report(file_name(certificate), _archive(container, connection_id, certificate, sealed))


async def _archive(
    container: ServiceContainer, connection_id: str, certificate: Certificate, sealed: Sequence[SealedMonth]
) -> AsyncIterator[bytes]:
    pieces = Pieces()
    taken_at = dt.datetime.fromisoformat(certificate["taken_at"])

    def member(name: str) -> zipfile.ZipInfo:
        """A file of the archive, of the moment of the certificate."""
        found = zipfile.ZipInfo(name, taken_at.timetuple()[:6])
        found.compress_type = zipfile.ZIP_DEFLATED
        return found

    with zipfile.ZipFile(pieces, "w", compression=zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member("read-me.txt"), _read_me(certificate))
        archive.writestr(member("certificate.html"), _printed(certificate, sealed))
        for name, columns, rows in _tables(certificate, sealed):
            archive.writestr(member(f"{name}.csv"), BOM + csv_line(columns) + b"".join(map(csv_line, rows)))
            yield pieces.taken()
        for listed in period_documents.KINDS:
            with archive.open(member(f"{listed}.csv"), "w", force_zip64=True) as file:
                async for lines in period_documents.as_csv(container, connection_id, listed, certificate["period"]):
                    file.write(lines)
                    if piece := pieces.taken(PIECE):
                        yield piece
        with archive.open(member("document-changes.csv"), "w", force_zip64=True) as file:
            file.write(BOM + csv_line(CHANGES))
            async for change in _changes(container, connection_id, certificate["period"]):
                file.write(csv_line(getattr(change, name) for name in CHANGES.values()))
                if piece := pieces.taken(PIECE):
                    yield piece
        archive.writestr(member("certificate.json"), json.dumps(certificate, indent=2, ensure_ascii=False))
    yield pieces.taken()


def _read_me(certificate: Certificate) -> str:
    return READ_ME.format(**_parties(certificate), **certificate["period"], taken_at=certificate["taken_at"])


def _parties(certificate: Certificate) -> dict[str, str]:
    return {name: certificate[name] or certificate["connection"] for name in ("site", "company")}


def _printed(certificate: Certificate, sealed: Sequence[SealedMonth]) -> str:
    """Each table of the certificate on one page."""
    title = "Certificate of {site} and {company}, {first} to {last} ({zone})".format(
        **_parties(certificate), **certificate["period"]
    )
    tables = (
        (name.replace("-", " ").capitalize(), columns, rows) for name, columns, rows in _tables(certificate, sealed)
    )
    return page_of(title, certificate["notice"], tables)


async def _changes(
    container: ServiceContainer, connection_id: str, period: Mapping[str, str]
) -> AsyncIterator[DocumentChange]:
    """What was written to documents that are dated in the period, or were before; the latest first."""
    first, last = (dt.date.fromisoformat(period[end]) for end in ("first", "last"))
    cursor: str | None = None
    while True:
        found = await document_changes.list_changes(
            container, connection_id, since=first, until=last, limit=MAX_LIMIT, cursor=cursor
        )
        for change in found.items:
            yield change
        cursor = found.next_cursor
        if cursor is None:
            return


def _tables(certificate: Certificate, sealed: Sequence[SealedMonth]) -> Iterator[tuple[str, tuple[str, ...], Rows]]:
    """Each table of the report: its name, its columns and its rows."""
    yield "summary", ("item", "value"), _summary(certificate, sealed)
    at_home = ("home_currency", "quickbooks_at_home")
    yield "bas-labels", ("label", "counts", "currency", *SIDES, *at_home), period_tables.labels(certificate["by_code"])
    codes_at_home = ("home_currency", "sales_at_home", "tax_at_home")
    taxed = ("oncord_sales", "oncord_tax", "quickbooks_sales", "quickbooks_tax")
    yield (
        "tax-codes",
        ("code", "name", "labels", "currency", *taxed, *codes_at_home),
        period_tables.codes(certificate["by_code"]),
    )
    yield "receivables", ("line", "currency", *SIDES, *at_home), period_tables.rolls(certificate["roll_forward"])
    moves = ("opening", "in", "out", "balance")
    yield (
        "accounts",
        ("account", "side", "currency", *moves),
        period_tables.of_sides(certificate["accounts"], "name", "channel", moves),
    )
    lines = (certificate.get("ledger") or {}).get("lines", ())
    figures = ("ledger", "documents", "beyond", "why")
    yield "ledger", ("figure", "currency", *figures), period_tables.plain(lines, ("name", "currency", *figures))
    part = ("figure", "cause", "number", "date", "currency", "amount", "count")
    yield "ledger-parts", part, period_tables.parts_of_ledger(lines)
    entry = ("kind", "number", "date", "currency", "amount")
    yield "ledger-entries", entry, period_tables.plain((certificate.get("ledger") or {}).get("entries") or (), entry)
    owed = ("sold", "redeemed_by_line", "redeemed_by_payment", "owed")
    yield "vouchers", ("side", "currency", *owed), period_tables.of_vouchers(certificate.get("vouchers", ()), owed)
    series = ("side", "prefix", "first", "last", "count", "missing", "gaps", "voided")
    yield "numbers", series, period_tables.plain(certificate["numbers"], series)
    told = (
        "what",
        "number",
        "who",
        "date",
        "currency",
        *SIDES,
        "amount",
        "cause",
        "why",
        "oncord_id",
        "quickbooks_id",
    )
    yield "differences", told, period_tables.plain(certificate["differences"], told)
    left = ("words", "count", "amount", "currency")
    yield "not-compared", left, period_tables.plain(certificate["not_compared"], left)


def _summary(certificate: Certificate, sealed: Sequence[SealedMonth]) -> Rows:
    period, locked = certificate["period"], certificate.get("locked") or {}
    yield "Oncord site", certificate["site"] or certificate["connection"]
    yield "QuickBooks company", certificate["company"] or certificate["connection"]
    yield "first day", period["first"]
    yield "last day", period["last"]
    yield "time zone", period["zone"]
    yield "GST is reported by", {"cash": "cash", "accrual": "accrual"}.get(certificate["gst_basis"], "not chosen yet")
    yield "compared at", certificate["taken_at"]
    for side in SIDES:
        yield f"{side} as of", certificate["as_of"][side]
    if waiting := certificate.get("waiting"):
        yield f"changes that waited since {waiting['since']}, in nothing of what was compared", waiting["records"]
    yield "both sides", certificate["light"]
    yield "issued as", certificate["issued_as"]
    for currency, amount in certificate["unexplained"].items():
        yield f"unexplained, {currency}" if currency else "unexplained", amount
    parts = tie_outs.parts_of(certificate)
    yield "differences of before, carried in", len(parts.carried)
    for line in parts.beyond:
        yield f"in the ledger, not by a synchronised document: {line['name']}, {line['currency']}", line["beyond"]
    for month in sealed:
        yield "sealed", f"{month.month}, at {month.sealed_at.isoformat()}, by {month.sealed_by}"
    if not sealed:
        yield "sealed", "not with this certificate"
    yield "locked until", locked.get("until", "")
    yield "certificate", certificate["id"]
    yield "proof", certificate["hash"]
    yield "signed by", certificate["signed_by"]
