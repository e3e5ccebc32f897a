"""What a merchant has chosen otherwise than most, and what people did because of it: a life's memory for `as_chosen`."""

from dataclasses import dataclass, field
from typing import Any, Literal

WAITS, LEFT_OUT = "", "left out"
"""Where the money of a payment method goes that goes nowhere: nobody has said, or somebody has said that it stays."""


@dataclass(frozen=True, slots=True)
class Duel:
    """Both sides typed into one field of a contact's card that they had agreed on, before anybody looked, or brought it along when
    they met; `typed` is how much had been typed by then."""

    contact: str
    customer: str
    field: str
    winner: Literal["oncord", "quickbooks"]
    """Of pairs that the books knew before, and `else_winner` of those that began in the shop."""
    else_winner: Literal["oncord", "quickbooks"]
    here: str
    there: str
    typed: int
    meeting: bool = False
    """Whether they met with it: then it holds for whom both sides knew, and for nobody else."""


@dataclass
class Ways:
    """Each is "" or empty where a life goes the usual way."""

    abroad: bool = False
    """Whether sales are shipped to other countries."""
    export: str = ""
    """The code that somebody says exports without a code have."""
    by_field: dict[str, str] = field(default_factory=dict)
    """The winner of single fields of a card that the books knew before."""
    card_winner: str = ""
    """The winner of all others; "" where nobody types into cards on both sides."""
    duels: list[Duel] = field(default_factory=list)
    clearing: str = ""
    """The account for payments by methods that nobody has mapped, as soon as it is there."""
    clearing_is_chosen: bool = False
    card: str = ""
    """A payment method that nobody maps at first."""
    voucher_account: str = ""
    """The clearing account of vouchers that are redeemed by a payment."""
    voucher_method: str = ""
    clearing_item: str = ""
    """The item of lines that redeem a voucher there, once somebody has chosen it."""
    led: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    """By method and currency where its money went, one after the other."""
    moved: set[str] = field(default_factory=set)
    """Payments that somebody has put into another account."""
    banked: set[str] = field(default_factory=set)
    """Payments that a bank statement ever told of."""
    locked: str = ""
    """The last day that was ever locked."""
    untold: str = ""
    """Why QuickBooks does not say what is cleared."""


def says(field: str, record: dict[str, Any]) -> str:
    """What a card says in a field, on either side."""
    if "Id" in record:
        address = {"billing_address": "BillAddr", "shipping_address": "ShipAddr"}.get(field)
        if address:
            return str((record.get(address) or {}).get("Line1") or "")
        if field == "name":
            return str(record.get("FamilyName") or "")
        member, inner = {
            "email": ("PrimaryEmailAddr", "Address"),
            "phone": ("PrimaryPhone", "FreeFormNumber"),
            "mobile": ("Mobile", "FreeFormNumber"),
        }[field]
        return str((record.get(member) or {}).get(inner) or "")
    if field.endswith("_address"):
        return str((record.get(field) or {}).get("line1") or "")
    return str(record.get("last_name" if field == "name" else field) or "")
