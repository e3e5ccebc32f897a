"""What a certificate is, for whoever reads it: only a description, since a certificate goes out letter by letter as it was sealed."""

import datetime as dt
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from app.api.schemas import CONNECTION_ID_EXAMPLE
from app.tieout.certificate import FORMAT, NOTICE

_FIGURE: dict[str, Any] = {
    "table": "sales", "key": "2026-10", "name": "", "currency": "AUD",
    "oncord": "4120.00", "quickbooks": "4131.00", "difference": "11.00", "causes": {"locked": "11.00"},
}  # fmt: skip
_DIFFERENCE: dict[str, Any] = {
    "kind": "sale", "what": "total", "number": "1041", "who": "Ada Byron", "date": "2026-10-12", "oncord_id": "1041",
    "quickbooks_id": "145", "currency": "AUD", "oncord": "44.00", "quickbooks": "55.00", "amount": "11.00", "cause": "locked",
    "why": "left as it is", "moves": [{"table": "sales", "key": "2026-10", "currency": "AUD", "amount": "11.00"}],
    "sort": "sales", "when": "in",
}  # fmt: skip
_ROLL: dict[str, str] = dict.fromkeys(
    ("opening", "credits", "receipts", "refunds", "written_off", "settled_otherwise", "later"), "0.00"
)
_OWED: dict[str, Any] = {"currency": "AUD", "oncord": {**_ROLL, "sales": "4120.00", "closing": "4120.00"}}


class CertificateOut(BaseModel):
    """What two sets of records held when they were compared, with a `hash` over all of it. Amounts are decimal strings. `figures` are both
    sides' sums with what each cause moves, `differences` the records that differ: those of its period (`when`: `in`), and of earlier ones
    what was part of the first day (`before`). `light` and `issued_as` are by the first, and by what nobody can explain. `python -m app.tieout verify FILE` proves one.

    One that was issued by an earlier version has fewer members.
    """

    model_config = ConfigDict(
        extra="allow",
        use_attribute_docstrings=True,
        json_schema_extra={
            "examples": [
                {
                    "format": FORMAT,
                    "id": "tie_01h2xd1m8kq4w7r0p6aa",
                    "notice": NOTICE,
                    "connection": CONNECTION_ID_EXAMPLE,
                    "site": "Harbour Coffee",
                    "company": "Harbour Coffee Pty Ltd",
                    "parties": {
                        "oncord": {"id": "demo", "address": "https://shop.example/api/connector/v1"},
                        "quickbooks": {"realm": "9341453474484455"},
                    },
                    "period": {"first": "2026-10-01", "last": "2026-10-31", "zone": "Australia/Sydney"},
                    "taken_at": "2026-11-05T23:14:02+00:00",
                    "as_of": {"oncord": "2026-11-05T23:13:58+00:00", "quickbooks": "2026-11-05T23:14:01+00:00"},
                    "waiting": None,
                    "light": "differs",
                    "issued_as": "agreeing but for what is named",
                    "unexplained": {"": "0.00"},
                    "judged": 1841,
                    "product_version": "1.0.0",
                    "configuration_version": 3,
                    "gst_basis": "accrual",
                    "locked": None,
                    "previous": None,
                    "supersedes": None,
                    "ledger": None,
                    "roll_forward": [{**_OWED, "quickbooks": _OWED["oncord"]}],
                    "figures": [_FIGURE],
                    "differences": [_DIFFERENCE],
                    "signed_by": "",
                    "signature": "",
                    "hash": "9f2c0e4b7b0f8f6f0c5d5a4a6a1d7a7e4f7f7c1c0f4f3b1f8a3f0f6f7a1b2c3d",
                }
            ]
        },
    )
    format: str
    id: str
    light: Literal["agrees", "differs", "unexplained"]
    taken_at: dt.datetime
    as_of: dict[str, str]
    """Until when each side had been read."""
    waiting: dict[str, Any] | None = None
    """How many changed `records` waited for a synchronisation then, `since` when the first of them did: what was compared has none of that."""
    judged: int
    """How many records were compared."""
    product_version: str
    configuration_version: int
    figures: list[dict[str, Any]]
    differences: list[dict[str, Any]]
    hash: str
    notice: str = ""
    issued_as: str = ""
    unexplained: dict[str, str] = {}
    """What the differences without a cause come to, by currency."""
    connection: str = ""
    site: str = ""
    company: str = ""
    parties: dict[str, Any] = {}
    period: dict[str, str] = {}
    """Its first and last day, in the time zone of the site."""
    checked: dict[str, Any] = {}
    """When what was read was itself held against each side."""
    sealed: list[dict[str, Any]] = []
    """The months that were sealed by then."""
    locked: dict[str, Any] | None = None
    gst_basis: str = ""
    previous: dict[str, Any] | None = None
    """The certificate before this one, of whatever period: the chain."""
    supersedes: dict[str, Any] | None = None
    """The last one of the very same period."""
    roll_forward: list[dict[str, Any]] = []
    """What customers owed before, how it moved, and what they owe on the last day; of another currency also what QuickBooks' side
    comes to in the company's own (`home`), at the rates that it has booked documents at."""
    by_code: list[dict[str, Any]] = []
    """Sales and tax under each tax code, with where they stand on a BAS; `home` as above."""
    accounts: list[dict[str, Any]] = []
    month: dict[str, Any] = {}
    """The month in which it was taken; only in what was issued before a certificate was of its period alone."""
    ledger: dict[str, Any] | None = None
    """What QuickBooks' own reports said, where they were looked at, and what QuickBooks lists that no document explains (`entries`). The
    `parts` of a line are exchange differences, with the payments that make them, and roundings."""
    ledger_before: str | None = None
    vouchers: list[dict[str, Any]] = []
    numbers: list[dict[str, Any]] = []
    """Series of numbers, with their gaps."""
    deleted: dict[str, Any] = {}
    changed: dict[str, Any] | None = None
    """What of the period has changed since the last certificate that began with it, `since` when."""
    not_compared: list[dict[str, Any]] = []
    rounding: list[dict[str, Any]] = []
    signed_by: str = ""
    signature: str | None = ""
