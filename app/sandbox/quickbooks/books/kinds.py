"""What the write path needs to know of an entity: its properties, how a body is shaped, and what its change does elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from app.sandbox.quickbooks.books.company import Company
from app.sandbox.quickbooks.books.tables import Record
from app.sandbox.quickbooks.values.currencies import unit_of
from app.sandbox.quickbooks.values.fields import Check
from app.sandbox.quickbooks.values.wire import Body


@dataclass(slots=True)
class Draft:
    """A write under way: the merged body, what was sent, and what is stored already."""

    company: Company
    body: Body
    sent: Body
    before: Record | None
    sparse: bool
    person: bool
    """A person in QBO's own screens, who may do more than the API."""
    include: str

    @property
    def currency(self) -> str:
        """The currency of the document: its customer's, else the one it names, else the company's own."""
        customer = self.company.get("Customer", (self.body.get("CustomerRef") or {}).get("value"))
        own: Body | None = customer.body.get("CurrencyRef") if customer is not None else self.body.get("CurrencyRef")
        return str((own or self.company.home_currency)["value"])

    @property
    def unit(self) -> Decimal:
        """The smallest amount that the document can name."""
        return unit_of(self.currency)


def _nothing(company: Company, record: Record) -> None:
    """An entity whose change does nothing elsewhere."""


@dataclass(frozen=True, slots=True)
class Kind:
    """The rules of one entity, as functions."""

    name: str
    writable: dict[str, Check]
    shape: Callable[[Draft], Body]
    guard: Callable[[Company, Record], None] = _nothing
    applied: Callable[[Company, Record], None] = _nothing
    removed: Callable[[Company, Record], None] | None = None
    """Undoes the effects before the object goes; None where the API cannot delete."""
    voided: Callable[[Company, Record], Body] | None = None
    api_void: str = ""
    """How the API voids: `operation`, `include`, or not at all."""
    creatable: bool = True
