"""The figures of a BAS (G1, G2, G3 and 1A), of a quarter, by what is invoiced: once from the shop's own documents, once from those
of the books. The two share nothing but their names.

G1 is what was sold, with GST; G2 of it exports, G3 of it GST-free within the country; 1A is the GST. Figures are kept in the
home currency: foreign documents at the rate of their day. Where GST is reported by what is paid, the figures are once more those
shares of what is invoiced that payments pay, on the days of the payments. In America there are sales and sales tax alone.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

Body = dict[str, Any]
LABELS = ("G1", "G2", "G3", "1A")
Figures = dict[str, dict[str, Decimal]]
"""By quarter ("2027-Q1"), by label."""
ZERO = Decimal(0)
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Slip:
    """When somebody at the shop cancelled a sale."""

    sale_id: str
    day: str


def quarter_of(day: str) -> str:
    """The quarter of a day ("2027-02-14": "2027-Q1")."""
    return f"{day[:4]}-Q{(int(day[5:7]) + 2) // 3}"


def of_the_shop(
    sales: Iterable[Body], slips: Iterable[Slip], rates: Mapping[str, Decimal], *, american: bool = False
) -> Figures:
    """From the shop's sales and adjustments as the shop holds them, its book of cancellations, and the bank's rates by currency.

    A sale that is cancelled in the quarter in which it was sold counts nothing; one of an earlier quarter counts there, and is
    taken back in that of its cancellation. What has no tax code is GST-free at home and, but for its freight, an export abroad: so
    the shopkeeper has it.
    """
    found: Figures = defaultdict(lambda: defaultdict(lambda: ZERO))
    cancelled = {slip.sale_id: slip.day for slip in slips}
    for sale in sales:
        if sale["status"] != "confirmed" and not sale["voided"]:
            continue
        own = quarter_of(sale["date"])
        back = quarter_of(cancelled.get(sale["id"], sale["date"])) if sale["voided"] else ""
        if back == own:
            continue
        for label, home in _labels(sale, rates, american=american).items():
            found[own][label] += home
            if back:
                found[back][label] -= home
    return found


def paid_at_the_shop(sales: Iterable[Body], receipts: Iterable[Body], rates: Mapping[str, Decimal]) -> Figures:
    """The same by what is paid, from the shop's receipts: of each sale the share that a receipt pays."""
    found: Figures = defaultdict(lambda: defaultdict(lambda: ZERO))
    known = {sale["id"]: sale for sale in sales if Decimal(sale["total"])}
    for receipt in receipts:
        for part in receipt["allocations"]:
            sale = known.get(part["sale_id"])
            if sale is None:
                continue
            share = Decimal(part["amount"]) / Decimal(sale["total"])
            for label, home in _labels(sale, rates).items():
                found[as_paid(quarter_of(receipt["date"]))][label] += home * share
    return _to_the_cent(found)


def as_paid(quarter: str) -> str:
    """The name of a quarter's figures by what is paid."""
    return f"{quarter} as paid"


def _to_the_cent(figures: Figures) -> Figures:
    found: Figures = defaultdict(lambda: defaultdict(lambda: ZERO))
    for quarter, labels in figures.items():
        found[quarter] |= {label: amount.quantize(CENT) for label, amount in labels.items()}
    return found


def _labels(sale: Body, rates: Mapping[str, Decimal], *, american: bool = False) -> dict[str, Decimal]:
    """What a sale comes to by label, in the home currency."""
    labels: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for label, amount in _labelled(sale):
        labels[label] += amount
    if american:
        labels = defaultdict(lambda: ZERO, {"G1": Decimal(sale["total"]), "1A": labels["1A"]})
    rate = rates.get(sale["currency"], Decimal(1))
    return {label: (amount * rate).quantize(CENT) for label, amount in labels.items()}


def _labelled(sale: Body) -> Iterator[tuple[str, Decimal]]:
    vouchers = sum((Decimal(line["line_total"]) for line in sale["lines"] if line.get("voucher")), ZERO)
    yield "G1", Decimal(sale["total"]) - Decimal(sale["rounding"]) - vouchers
    yield "1A", Decimal(sale["tax_total"])
    goes = sale["shipping_address"] or sale["billing_address"] or {}
    abroad = (goes.get("country") or "AU") != "AU"
    for line in sale["lines"]:
        if line.get("voucher"):  # money that is owed, sold or redeemed: on no label
            continue
        if line["tax_code"] == "FRE":
            yield "G3", Decimal(line["line_total"])
        elif not line["tax_code"]:
            yield "G2" if abroad else "G3", Decimal(line["line_total"])
    shipping = sale["shipping"]
    if shipping and not shipping["tax_code"]:
        yield "G3", Decimal(shipping["amount"])


@dataclass(frozen=True, slots=True)
class Codes:
    """The books' tax codes (their ids) that stand on a label of their own, or on none."""

    gst_free: str
    export: str
    out_of_scope: str


def of_the_books(documents: Iterable[tuple[int, Body]], codes: Codes | None) -> Figures:
    """From invoices (1) and credit memos (-1) of the books, each with its sign, as the books hold them; without `codes` in
    America."""
    found: Figures = defaultdict(lambda: defaultdict(lambda: ZERO))
    for sign, document in documents:
        for label, home in _of_a_document(document, codes).items():
            found[quarter_of(document["TxnDate"])][label] += sign * home
    return found


def paid_in_the_books(documents: Iterable[tuple[int, Body]], payments: Iterable[Body], codes: Codes | None) -> Figures:
    """The same by what is paid, from the payments of the books: of each document the share that a payment pays or uses."""
    found: Figures = defaultdict(lambda: defaultdict(lambda: ZERO))
    known = {
        ("Invoice" if sign > 0 else "CreditMemo", document["Id"]): (sign, document)
        for sign, document in documents
        if Decimal(str(document["TotalAmt"]))
    }
    for payment in payments:
        quarter = as_paid(quarter_of(payment["TxnDate"]))
        for line in payment.get("Line") or []:
            for tie in line.get("LinkedTxn") or []:
                sign, document = known.get((tie["TxnType"], tie["TxnId"]), (0, {}))
                share = Decimal(str(line["Amount"])) / Decimal(str(document["TotalAmt"])) if sign else ZERO
                for label, home in _of_a_document(document, codes).items() if sign else ():
                    found[quarter][label] += sign * home * share
    return _to_the_cent(found)


def _of_a_document(document: Body, codes: Codes | None) -> dict[str, Decimal]:
    rate = Decimal(str(document.get("ExchangeRate", 1)))
    by_code: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for line in document["Line"]:
        detail = line.get("SalesItemLineDetail") or {}
        by_code[str((detail.get("TaxCodeRef") or {}).get("value", ""))] += Decimal(str(line.get("Amount") or 0))
    tax = Decimal(str((document.get("TxnTaxDetail") or {}).get("TotalTax") or 0))
    total = Decimal(str(document["TotalAmt"]))
    if codes is None:
        figures = {"G1": total, "1A": tax}
    else:
        g1, g2, g3 = total - by_code[codes.out_of_scope], by_code[codes.export], by_code[codes.gst_free]
        figures = {"G1": g1, "G2": g2, "G3": g3, "1A": tax}
    return {label: (amount * rate).quantize(CENT) for label, amount in figures.items()}


def differences(shop: Figures, books: Figures, *quarters: str) -> list[str]:
    """What does not agree to the cent, of some quarters, or of all."""
    told = []
    for quarter in quarters or sorted({*shop, *books}):
        for label in LABELS:
            here, there = shop[quarter][label], books[quarter][label]
            if here != there:
                told.append(
                    f"{quarter} {label}: {here} in the shop's documents, {there} in the books ({there - here:+})"
                )
    return told


def in_words(figures: Figures, quarter: str) -> str:
    """The figures of a quarter in one line."""
    return ", ".join(f"{label} {figures[quarter][label]:,.2f}" for label in LABELS)
