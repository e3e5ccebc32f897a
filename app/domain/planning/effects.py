"""What planned writes to the books move in money: receivables, accounts, sales by tax code and tax, each on its day.

Worked out from the documents before and after, one write after another, so that each write has its own part. Where GST is
reported by what is paid, sales and tax count when and as far as payments pay their documents.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Literal

from app.domain.model.link_part import Opening, format_part, referred_to
from app.domain.model.operations import Action, Operation
from app.domain.model.records import (
    Allocation,
    Counterpart,
    Kind,
    Money,
    Receipt,
    Record,
    Reference,
    Sale,
    Side,
    is_void,
)
from app.domain.model.totals import Rendition

ZERO = Decimal(0)
Figure = Literal["receivables", "account", "sales", "tax"]


@dataclass(frozen=True, slots=True)
class Effect:
    """A figure of the books moves by `amount` of `currency` on a day. `key`: of an account its id, of sales (without tax) the id of
    their tax code."""

    figure: Figure
    key: str
    day: dt.date | None
    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Figures:
    """What a document comes to in the books: its lines without tax by tax code, its tax, and its total."""

    net: Mapping[str, Decimal]
    tax: Decimal
    total: Decimal


def as_read(money: Money) -> Figures:
    """The figures of a document as the books hold it. What its lines leave of its total counts with the largest of them."""
    net: dict[str, Decimal] = {}
    for line in money.lines:
        bare = line.total - line.tax if money.amounts_include_tax else line.total
        net[line.tax_code] = net.get(line.tax_code, ZERO) + bare
    missing = money.total - money.tax_total - sum(net.values(), ZERO)
    if missing:
        largest = max(net, key=lambda code: abs(net[code]), default="")
        net[largest] = net.get(largest, ZERO) + missing
    return Figures(net, money.tax_total, money.total)


def as_posted(rendition: Rendition) -> Figures:
    """The figures of a document as it will be posted."""
    net: dict[str, Decimal] = {}
    for charge in rendition.charges:
        net[charge.tax_code] = net.get(charge.tax_code, ZERO) + charge.net
    return Figures(net, rendition.tax_total, rendition.total)


def after(operation: Operation, before: Record | None) -> Record | None:
    """What the target of a write holds afterwards; None where it is gone, or counts no longer."""
    if operation.action in (Action.DELETE, Action.VOID):
        return None
    if operation.action is Action.CREATE or before is None:
        return operation.record
    return replace(before, **{group: getattr(operation.record, group) for group in operation.groups})


def name_of(reference: Reference) -> str:
    """A reference to a record of the books, as one text: its id, or, of one that is still to be made, what it is made for."""
    if isinstance(reference, Counterpart):
        return f"{reference.kind}:{reference.id}:{reference.part}"
    return reference


def target_of(operation: Operation) -> str:
    """The record that a write is about, as `name_of` says it."""
    if operation.target_id:
        return operation.target_id
    return f"{operation.kind}:{operation.source_id}:{format_part(referred_to(operation.part))}"


@dataclass(frozen=True, slots=True)
class _Document:
    sale: Sale
    figures: Figures

    @property
    def sign(self) -> int:
        return -1 if self.sale.type == "adjustment" else 1


@dataclass(slots=True)
class PlannedBooks:
    """The books while writes are carried out on them in thought. `cash`: sales and tax count by what is paid."""

    cash: bool
    _documents: dict[str, _Document | None] = field(default_factory=dict)
    _money: dict[str, Receipt | None] = field(default_factory=dict)
    _paying: dict[str, set[str]] = field(default_factory=dict)
    _adopted: dict[str, str] = field(default_factory=dict)

    def know(self, kind: Kind, record_id: str, record: Record | None) -> None:
        """A record as the books hold it."""
        if kind is Kind.SALE:
            counts = isinstance(record, Sale) and not is_void(record)
            self._documents.setdefault(record_id, _Document(record, as_read(record.money)) if counts else None)  # type: ignore[union-attr, arg-type]
        elif kind is Kind.RECEIPT and record_id not in self._money:
            self._pay(record_id, record if isinstance(record, Receipt) and not record.voided else None)

    def adopt(self, operation: Operation) -> None:
        """Two records have become one: whoever speaks of the one in Oncord means the one in the books."""
        ids = {operation.side: operation.target_id, operation.side.other: operation.source_id}
        part = "" if isinstance(operation.part, Opening) else format_part(operation.part)
        self._adopted[f"{operation.kind}:{ids[Side.ONCORD]}:{part}"] = ids[Side.QUICKBOOKS]

    def carry_out(self, operation: Operation, record: Record | None, figures: Figures | None) -> list[Effect]:
        """What one write moves; `record` is what its target holds afterwards, of a document with its `figures`."""
        target = target_of(operation)
        affected = self._affected(target, record)
        before = [*self._of(target), *self._by_payment(affected)]
        if operation.kind is Kind.SALE:
            counts = isinstance(record, Sale) and not is_void(record) and figures is not None
            self._documents[target] = _Document(record, figures) if counts else None  # type: ignore[arg-type]
        else:
            self._pay(target, record if isinstance(record, Receipt) and not record.voided else None)
        return _apart(before, [*self._of(target), *self._by_payment(affected)])

    def _pay(self, name: str, money: Receipt | None) -> None:
        self._money[name] = money
        for allocation in money.payment.allocations if money is not None else ():
            self._paying.setdefault(self._paid(allocation), set()).add(name)

    def _paid(self, allocation: Allocation) -> str:
        name = name_of(allocation.sale_id)
        return self._adopted.get(name, name)

    def _affected(self, target: str, record: Record | None) -> list[str]:
        """The documents whose share that counts by payment may move."""
        if not self.cash:
            return []
        held = (self._money.get(target), record if isinstance(record, Receipt) else None)
        paid = {self._paid(a) for money in held if money is not None for a in money.payment.allocations}
        return sorted({target, *paid})

    def _of(self, target: str) -> Iterator[Effect]:
        """What a document or money stands for by itself."""
        document, money = self._documents.get(target), self._money.get(target)
        if document is not None:
            day, currency, sign = document.sale.date, document.sale.money.currency, document.sign
            yield Effect("receivables", "", day, sign * document.figures.total, currency)
            if not self.cash:
                yield from _sold(document, Decimal(1), day)
        if money is not None:
            payment = money.payment
            yield Effect("account", money.channel, money.date, payment.amount, payment.currency)
            if not money.expense_account:
                yield Effect("receivables", "", money.date, -payment.amount, payment.currency)

    def _by_payment(self, documents: Sequence[str]) -> Iterator[Effect]:
        """What counts of these documents since somebody has paid them, or used their credit."""
        for name in documents:
            document = self._documents.get(name)
            if document is None or not document.figures.total:
                continue
            for payer in sorted(self._paying.get(name, ())):
                money = self._money.get(payer)
                for allocation in money.payment.allocations if money is not None else ():
                    if allocation.type != "refund" and self._paid(allocation) == name:
                        share = allocation.amount / document.figures.total
                        yield from _sold(document, share, money.date if money is not None else None)


def _sold(document: _Document, share: Decimal, day: dt.date | None) -> Iterator[Effect]:
    currency, counted = document.sale.money.currency, document.sign * share
    for code, net in document.figures.net.items():
        yield Effect("sales", code, day, counted * net, currency)
    yield Effect("tax", "", day, counted * document.figures.tax, currency)


def _apart(before: Sequence[Effect], now: Sequence[Effect]) -> list[Effect]:
    """What has moved between two states, each figure and day once."""
    sums: dict[tuple[Any, ...], Decimal] = {}
    for sign, effects in ((-1, before), (1, now)):
        for each in effects:
            place = (each.figure, each.key, each.day, each.currency)
            sums[place] = sums.get(place, ZERO) + sign * each.amount
    return [
        Effect(figure, key, day, amount, currency) for (figure, key, day, currency), amount in sums.items() if amount
    ]
