"""One company: its tables, sequences and standing facts, and the few ways in which an object comes, changes and goes.

Every change of an object anywhere in the simulator goes through `insert`, `change`, `touch` and `remove`, so that
SyncToken, LastUpdatedTime, the order of changes and the events can be trusted.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from app.sandbox.quickbooks.books.tables import Record, Table
from app.sandbox.quickbooks.clock import PACIFIC, Clock, stamp
from app.sandbox.quickbooks.hazards.switches import Hazards
from app.sandbox.quickbooks.traffic import Traffic
from app.sandbox.quickbooks.values import faults
from app.sandbox.quickbooks.values.currencies import NAMES as CURRENCY_NAMES
from app.sandbox.quickbooks.values.wire import Body, money
from app.sandbox.quickbooks.webhooks import Webhooks

TRANSACTIONS = (
    "Invoice",
    "Payment",
    "CreditMemo",
    "RefundReceipt",
    "SalesReceipt",
    "Purchase",
    "Deposit",
    "JournalEntry",
    "Bill",
    "VendorCredit",
    "PurchaseOrder",
    "Transfer",
    "Estimate",
)
NAMES = ("Customer", "Vendor", "Employee")
LISTS = ("Item", "Account", "PaymentMethod", "Term", "Class", "Department", "TaxCode", "TaxRate", "TaxAgency")
OTHERS = ("TimeActivity", "Attachable")
SINGLETONS = ("Preferences", "CompanyInfo")
ENTITIES = TRANSACTIONS + NAMES + LISTS + OTHERS + SINGLETONS

CURRENCIES = {
    "US": ("USD", "United States Dollar"),
    "AU": ("AUD", "Australian Dollar"),
    "GB": ("GBP", "British Pound Sterling"),
    "CA": ("CAD", "Canadian Dollar"),
    "NZ": ("NZD", "New Zealand Dollar"),
    "EU": ("EUR", "Euro"),
}
FIRST_API_ACCOUNT = 1150040001
"""Accounts made through the API in 2026 do not get small ids."""


def family(entity: str) -> str:
    """Ids are drawn per family: all transactions share one sequence, customers, vendors and employees another."""
    if entity in TRANSACTIONS:
        return "transactions"
    return "names" if entity in NAMES else entity


@dataclass(frozen=True)
class Surroundings:
    """What all companies of one world have in common."""

    clock: Clock
    chance: random.Random
    hazards: Hazards
    webhooks: Webhooks


class Company:
    """The books of one realm."""

    def __init__(self, world: Surroundings, realm: str, country: str, name: str) -> None:
        self.clock, self.chance, self.hazards = world.clock, world.chance, world.hazards
        self.webhooks = world.webhooks
        self.realm, self.country, self.name = realm, country, name
        self.tables = {entity: Table(entity) for entity in ENTITIES}
        self.sequences: dict[str, int] = {}
        self.last_number = "1000"
        self.rates: dict[str, dict[str, str]] = {}
        """Exchange rates by currency and day; empty: none is known, and the API writes 1 as it does since 2024."""
        self.replays: dict[str, tuple[float, Body]] = {}
        self.traffic = Traffic()
        self.subscription_active = True
        self.admin_active = True
        self.author = "9341457021722234"
        self.muted = False
        self.moment: datetime | None = None
        """Set while the sample is written, so that its objects look old."""

    # time and events

    def now(self) -> datetime:
        return self.moment or self.clock.now()

    def epoch(self) -> int:
        return int(self.now().timestamp())

    def today(self) -> str:
        return self.now().astimezone(PACIFIC).date().isoformat()

    @contextmanager
    def quietly(self, moment: datetime | None = None) -> Iterator[None]:
        """Inside, changes raise no events and, when a moment is given, happened then."""
        before = (self.muted, self.moment)
        self.muted, self.moment = True, moment or self.moment
        try:
            yield
        finally:
            self.muted, self.moment = before

    def emit(self, entity: str, identifier: str, operation: str, merged_away: str | None = None) -> None:
        if not self.muted:
            self.webhooks.record(self.realm, entity, identifier, operation, merged_away)

    # objects

    def table(self, entity: str) -> Table:
        return self.tables[entity]

    def get(self, entity: str, identifier: object) -> Record | None:
        return self.tables[entity].rows.get(str(identifier))

    @property
    def preferences(self) -> Body:
        return self.tables["Preferences"].rows["1"].body

    @property
    def taxed_lines(self) -> bool:
        """Whether every line needs a tax code: outside the US, when the company is registered for the tax."""
        return self.country != "US" and bool(self.preferences["TaxPrefs"].get("UsingSalesTax"))

    @property
    def home_currency(self) -> Body:
        code, name = CURRENCIES[self.country]
        return {"value": code, "name": name}

    def currency(self, code: str) -> Body:
        """A currency this company may use: its home currency, or any other once multicurrency is on.

        Raises `FaultError` (6000) for another one before that.
        """
        if code != self.home_currency["value"] and not self.preferences["CurrencyPrefs"]["MultiCurrencyEnabled"]:
            raise faults.business(
                "Multicurrency is not enabled for this company; the currency must be the home currency."
            )
        return {"value": code, "name": CURRENCY_NAMES.get(code, code)}

    def exchange_rate(self, code: str, day: str) -> Decimal:
        """Home currency for one of `code` on a day: the latest known one.

        Raises `FaultError` (6000) where there is a table without it.
        """
        if code == self.home_currency["value"] or not self.rates:
            return Decimal(1)
        known = [(since, rate) for since, rate in self.rates.get(code, {}).items() if since <= day]
        if not known:
            raise faults.business(
                f"The exchange rate of {code} on {day} is not known. You must specify an exchange rate."
            )
        return Decimal(max(known)[1])

    def document_rate(self, body: Body, code: str, *, person: bool) -> Decimal:
        """The rate of a document: what it says; else the screens fill in that of its day, and the API leaves it at 1."""
        if body.get("ExchangeRate"):
            return money(body["ExchangeRate"])
        known = self.exchange_rate(code, str(body["TxnDate"]))
        return known if person else Decimal(1)

    def receivable(self, code: str) -> Record:
        """The Accounts Receivable account of a currency; QBO makes one by itself for the first document in it."""
        home = str(self.home_currency["value"])
        for record in self.tables["Account"].rows.values():
            own = record.body.get("CurrencyRef", {}).get("value", home)
            if record.body["AccountType"] == "Accounts Receivable" and record.body["Active"] and own == code:
                return record
        if code == home:
            return self.account_of("Accounts Receivable")
        name = f"Accounts Receivable (A/R) - {code}"
        body: Body = {
            "Name": name,
            "FullyQualifiedName": name,
            "SubAccount": False,
            "Active": True,
            "Classification": "Asset",
            "AccountType": "Accounts Receivable",
            "AccountSubType": "AccountsReceivable",
            "CurrencyRef": self.currency(code),
            "CurrentBalance": 0,
            "CurrentBalanceWithSubAccounts": 0,
        }
        return self.insert("Account", body)

    def next_id(self, entity: str) -> str:
        name = family(entity)
        first = FIRST_API_ACCOUNT if entity == "Account" and not self.muted else 1
        self.sequences[name] = max(self.sequences.get(name, 0) + 1, first)
        return str(self.sequences[name])

    def next_number(self) -> str:
        """The next DocNumber of the sequence that invoices, credit memos and receipts share."""
        digits = re.search(r"\d+$", self.last_number)
        if digits is None:
            return self.last_number + "1"
        return self.last_number[: digits.start()] + str(int(digits[0]) + 1).zfill(len(digits[0]))

    def insert(self, entity: str, body: Body, *, identifier: str | None = None, event: bool = True) -> Record:
        epoch = self.epoch()
        identifier = identifier or self.next_id(entity)
        meta: Body = {"CreateTime": stamp(epoch), "LastUpdatedTime": stamp(epoch)}
        if entity == "Invoice":
            meta["LastModifiedByRef"] = {"value": self.author}
        head = {"domain": "QBO", "sparse": False, "Id": identifier, "SyncToken": "0", "MetaData": meta}
        record = Record(identifier, {**body, **head}, epoch)
        self.tables[entity].put(record)
        if event:
            self.emit(entity, identifier, "Create")
        return record

    def change(self, entity: str, record: Record, body: Body, *, event: str = "Update") -> None:
        """Puts a new body in place: SyncToken +1, LastUpdatedTime now."""
        epoch = self.epoch()
        head = {
            "Id": record.id,
            "SyncToken": str(int(record.token) + 1),
            "MetaData": {**record.body["MetaData"], "LastUpdatedTime": stamp(epoch)},
        }
        self.tables[entity].replace(record, {**body, **head}, epoch)
        if event:
            self.emit(entity, record.id, event)

    def touch(self, entity: str, record: Record, **values: Any) -> None:
        """Moves LastUpdatedTime, and values that the server owns, without a new SyncToken and without an event."""
        epoch = self.epoch()
        meta = {**record.body["MetaData"], "LastUpdatedTime": stamp(epoch)}
        self.tables[entity].replace(record, {**record.body, **values, "MetaData": meta}, epoch)

    def remove(self, entity: str, record: Record) -> None:
        self.tables[entity].discard(record, self.epoch())
        self.emit(entity, record.id, "Delete")

    # references

    def require(self, entity: str, reference: Any, element: str = "", what: str = "") -> Record:
        """The active object a reference means.

        Raises the `FaultError` that QBO gives where there is none or it is inactive.
        """
        identifier = reference.get("value") if isinstance(reference, dict) else reference
        record = self.get(entity, identifier)
        if record is None:
            label = what or ("Names" if entity in NAMES else entity + "s")
            raise faults.bad_reference(label, identifier, element or f"{entity}Ref")
        if record.body.get("Active") is False:
            if entity in NAMES:
                raise faults.not_found(element or f"{entity}Ref")
            raise faults.bad_reference(what or entity + "s", identifier, element, inactive=True)
        return record

    def named(self, entity: str, identifier: str) -> Body:
        """A reference as QBO writes it: the id with the object's present name."""
        record = self.get(entity, identifier)
        if record is None:
            return {"value": identifier}
        names = ("FullyQualifiedName",) if entity == "Item" else ("DisplayName", "FullyQualifiedName", "Name")
        name = next((record.body[key] for key in names if key in record.body), None)
        return {"value": identifier, "name": name} if name else {"value": identifier}

    def account_of(self, account_type: str, subtype: str = "") -> Record:
        """The first active account of a type (and subtype), oldest first.

        Raises `FaultError` (6000) where there is none.
        """
        for record in self.tables["Account"].rows.values():
            body = record.body
            if body["AccountType"] == account_type and body["Active"] and subtype in ("", body.get("AccountSubType")):
                return record
        raise faults.business(f"The company has no account of type {account_type}.")
