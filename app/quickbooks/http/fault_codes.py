"""Intuit's error codes in words a bookkeeper understands, and what each one asks of us.

`Meaning` names the next step, never the HTTP status; `faults` turns answers into errors and outcomes with this table.
The codes are those of Intuit's published list (docs/quickbooks.md 8.3).
"""

from dataclasses import dataclass
from enum import StrEnum

from app.errors import Remedy


class Meaning(StrEnum):
    """What to do about a code."""

    RETRY = "retry"
    """Nobody knows whether it happened, or QuickBooks asks to try again."""
    THROTTLED = "throttled"
    UNAUTHORISED = "unauthorised"
    BLOCKED = "blocked"
    """The whole company: stop the run, park nothing."""
    STALE = "stale"
    CLASH = "clash"
    AMBIGUOUS = "ambiguous"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Entry:
    """One code: what it means for us, one sentence for a bookkeeper, and what to do."""

    meaning: Meaning
    sentence: str
    advice: str = ""
    remedy: Remedy = Remedy.NONE


_AGAIN = "It is tried again by itself."
_OURS = "This is a fault of the connector: please report it."

ENTRIES: dict[str, Entry] = {
    # the connection and the company
    "100": Entry(Meaning.RETRY, "QuickBooks could not check the connection just now.", _AGAIN),
    "110": Entry(
        Meaning.UNAUTHORISED,
        "QuickBooks does not accept the connection.",
        "Connect to QuickBooks again.",
        Remedy.CONSENT,
    ),
    "120": Entry(
        Meaning.BLOCKED,
        "The person who connected QuickBooks may no longer use this company.",
        "Give that person administrator rights again, or let an administrator connect anew.",
        Remedy.CONSENT,
    ),
    "130": Entry(Meaning.RETRY, "QuickBooks is moving this company between its servers.", _AGAIN),
    "140": Entry(Meaning.RETRY, "QuickBooks has locked this company for a moment.", _AGAIN),
    "150": Entry(Meaning.RETRY, "QuickBooks is maintaining this company.", _AGAIN),
    "3001": Entry(Meaning.THROTTLED, "QuickBooks asks us to slow down.", _AGAIN),
    "3100": Entry(
        Meaning.BLOCKED,
        "This app may not use this QuickBooks company.",
        "The operator must check that the app's keys and the company are both sandbox or both production.",
    ),
    "3200": Entry(
        Meaning.UNAUTHORISED,
        "QuickBooks no longer accepts the access token.",
        "Connect to QuickBooks again.",
        Remedy.CONSENT,
    ),
    "3202": Entry(Meaning.REFUSED, "A required field is empty.", _OURS),
    "6190": Entry(
        Meaning.BLOCKED,
        "The QuickBooks subscription or trial of this company has ended.",
        "Renew the subscription in QuickBooks; what waits is then sent.",
    ),
    "10200": Entry(Meaning.BLOCKED, "The QuickBooks company is being reset.", "Wait until QuickBooks has finished."),
    # general
    "500": Entry(Meaning.RETRY, "QuickBooks could not carry this out.", _AGAIN),
    "600": Entry(Meaning.RETRY, "QuickBooks is already working on this very request.", _AGAIN),
    "610": Entry(
        Meaning.AMBIGUOUS,
        "Something this needs was deleted or made inactive in QuickBooks.",
        "Check its customer, items, accounts and linked documents in QuickBooks.",
    ),
    "620": Entry(Meaning.REFUSED, "These two documents cannot be linked.", "Check the amounts still open on both."),
    "630": Entry(Meaning.CLASH, "QuickBooks already holds this very record."),
    "700": Entry(
        Meaning.REFUSED, "The parent of this record is not valid.", "Check the parent customer in QuickBooks."
    ),
    "800": Entry(
        Meaning.REFUSED, "Other documents depend on this one.", "Remove what is linked to it in QuickBooks first."
    ),
    "900": Entry(Meaning.REFUSED, "A record cannot be its own parent.", "Check the parent customer in QuickBooks."),
    "1000": Entry(Meaning.REFUSED, "QuickBooks could not carry this out.", "Try again; if it stays, please report it."),
    "1010": Entry(Meaning.REFUSED, "QuickBooks could not create this.", "Try again; if it stays, please report it."),
    "1020": Entry(Meaning.REFUSED, "QuickBooks could not change this.", "Try again; if it stays, please report it."),
    "1040": Entry(Meaning.REFUSED, "Too many changes in one request.", _OURS),
    "1050": Entry(Meaning.REFUSED, "QuickBooks did not understand the request.", _OURS),
    # validation
    "2000": Entry(Meaning.REFUSED, "QuickBooks does not know this kind of record.", _OURS),
    "2010": Entry(Meaning.REFUSED, "QuickBooks does not know one of the fields.", _OURS),
    "2020": Entry(Meaning.REFUSED, "A required field is missing.", "Complete the record and try again."),
    "2030": Entry(Meaning.AMBIGUOUS, "An id is not valid.", "Check what this record refers to in QuickBooks."),
    "2040": Entry(Meaning.REFUSED, "A text has characters QuickBooks refuses.", "Remove colons, tabs and line breaks."),
    "2050": Entry(Meaning.REFUSED, "A text is too long for QuickBooks.", "Shorten it and try again."),
    "2060": Entry(Meaning.REFUSED, "A date is not valid.", "Correct the date."),
    "2070": Entry(Meaning.REFUSED, "A date is out of range.", "Correct the date."),
    "2080": Entry(Meaning.REFUSED, "A number is not valid.", "Correct the number."),
    "2090": Entry(Meaning.REFUSED, "A number is not valid.", "Correct the number."),
    "2100": Entry(Meaning.REFUSED, "A number is not valid.", "Correct the number."),
    "2110": Entry(Meaning.REFUSED, "A number is not valid.", "Correct the number."),
    "2120": Entry(Meaning.REFUSED, "A value has the wrong type.", _OURS),
    "2130": Entry(Meaning.REFUSED, "The id of the request is not valid.", _OURS),
    "2140": Entry(Meaning.REFUSED, "An amount is not valid.", "Correct the amount."),
    "2150": Entry(Meaning.REFUSED, "A percentage is not valid.", "Correct the percentage."),
    "2160": Entry(Meaning.REFUSED, "A quantity is not valid.", "Correct the quantity."),
    "2170": Entry(Meaning.REFUSED, "A value is not one of those QuickBooks knows.", _OURS),
    "2180": Entry(Meaning.REFUSED, "A value is out of range.", "Correct the value."),
    "2190": Entry(Meaning.REFUSED, "A range of dates is not valid.", _OURS),
    "2200": Entry(Meaning.REFUSED, "The website address is not valid.", "Correct the contact's website."),
    "2210": Entry(Meaning.REFUSED, "The e-mail address is not valid.", "Correct the contact's e-mail address."),
    "2220": Entry(Meaning.REFUSED, "The currency is not valid here.", "Check the currencies of the company."),
    "2230": Entry(Meaning.REFUSED, "A value must be yes or no.", _OURS),
    "2240": Entry(Meaning.REFUSED, "A number is out of range.", "Correct the number."),
    "2250": Entry(Meaning.REFUSED, "The document has no lines.", "Add a line."),
    "2270": Entry(Meaning.REFUSED, "The tax cannot be used here.", "Check the tax code map."),
    "2280": Entry(Meaning.REFUSED, "The tax amount is not valid.", "Check the tax code map."),
    "2290": Entry(Meaning.REFUSED, "A line has a negative amount where none is allowed.", "Correct the line."),
    "2300": Entry(Meaning.REFUSED, "Debits and credits differ.", _OURS),
    "2500": Entry(
        Meaning.AMBIGUOUS,
        "Something this refers to does not exist in QuickBooks, or is inactive there.",
        "Check its customer, items, accounts and tax codes in QuickBooks.",
    ),
    "2600": Entry(Meaning.REFUSED, "Two fields contradict each other.", _OURS),
    "3000": Entry(Meaning.REFUSED, "A custom field is not valid.", "Check the custom fields in QuickBooks."),
    "4000": Entry(Meaning.REFUSED, "QuickBooks could not read our question.", _OURS),
    "4001": Entry(Meaning.REFUSED, "QuickBooks cannot answer our question.", _OURS),
    "4002": Entry(Meaning.RETRY, "QuickBooks could not answer just now.", _AGAIN),
    # business rules
    "5000": Entry(Meaning.REFUSED, "A field is no longer supported.", _OURS),
    "5010": Entry(
        Meaning.STALE, "Somebody changed this in QuickBooks at the same time.", "It is read and tried again."
    ),
    "5020": Entry(
        Meaning.REFUSED,
        "The QuickBooks plan or role does not allow this.",
        "Check the plan, and the rights of the person who connected.",
    ),
    "5030": Entry(Meaning.REFUSED, "The QuickBooks plan does not have this feature.", "Check the plan in QuickBooks."),
    "6000": Entry(
        Meaning.REFUSED,
        "QuickBooks refuses the document.",
        "Read the reason, correct the record or the tax code map, and try again.",
    ),
    "6010": Entry(Meaning.REFUSED, "The account has the wrong type.", "Choose another account in the configuration."),
    "6070": Entry(Meaning.REFUSED, "Quantity times price is not the amount of a line.", _OURS),
    "6080": Entry(Meaning.REFUSED, "The contact has no name.", "Give the contact a name."),
    "6090": Entry(Meaning.REFUSED, "The discount line is not valid.", "Check the discount."),
    "6100": Entry(
        Meaning.REFUSED, "In the United States a line is taxable or it is not.", "Map the tax codes to TAX or NON."
    ),
    "6130": Entry(
        Meaning.REFUSED, "Billing with the parent is not possible.", "Check the parent customer in QuickBooks."
    ),
    "6140": Entry(Meaning.CLASH, "This document number is already used in QuickBooks.", "Choose another number."),
    "6150": Entry(
        Meaning.REFUSED, "The parent of this record is not valid.", "Check the parent customer in QuickBooks."
    ),
    "6160": Entry(Meaning.REFUSED, "This tax cannot be used here.", "Check the tax code map."),
    "6170": Entry(Meaning.REFUSED, "A document without tax cannot have tax amounts.", "Check the tax code map."),
    "6180": Entry(Meaning.REFUSED, "Too many levels of sub-customers.", "Check the parent customer in QuickBooks."),
    "6200": Entry(
        Meaning.REFUSED,
        "The books are closed for this date.",
        "Change it in QuickBooks yourself, move the closing date, or leave it as it is.",
    ),
    "6210": Entry(
        Meaning.REFUSED,
        "The books are closed for this date, with a password.",
        "Change it in QuickBooks yourself, move the closing date, or leave it as it is.",
    ),
    "6220": Entry(Meaning.REFUSED, "The customer still has a balance.", "Settle what is open first."),
    "6230": Entry(Meaning.REFUSED, "This tax cannot be used here.", "Check the tax code map."),
    "6240": Entry(
        Meaning.CLASH,
        "Another customer, supplier or employee already has this name.",
        "Rename one of the two.",
    ),
    "6250": Entry(
        Meaning.AMBIGUOUS,
        "The customer of this document is inactive or missing in QuickBooks.",
        "Make the customer active again.",
    ),
    "6270": Entry(
        Meaning.REFUSED, "The date lies before the stock item's start date.", "Correct the date or the item."
    ),
    "6280": Entry(Meaning.REFUSED, "The customer has charges that are not billed yet.", "Bill them first."),
    "6320": Entry(Meaning.REFUSED, "The billable status is not valid.", "Check the document in QuickBooks."),
    "6400": Entry(Meaning.REFUSED, "A purchase is linked to this document.", "Unlink it in QuickBooks first."),
    "6420": Entry(Meaning.REFUSED, "The document needs an e-mail address.", "Give the contact an e-mail address."),
    "6430": Entry(
        Meaning.REFUSED,
        "This account cannot be used here.",
        "Map the payment method to a bank or other current asset account.",
    ),
    "6440": Entry(Meaning.REFUSED, "A line needs an item or account.", "Check how sale lines become items."),
    "6450": Entry(Meaning.REFUSED, "The payment is settled and cannot be voided.", "Refund it instead."),
    "6460": Entry(
        Meaning.REFUSED, "The deposit does not match the merchant account.", "Check the deposit in QuickBooks."
    ),
    "6470": Entry(Meaning.REFUSED, "The tax liability account cannot be used.", "Check the tax code map."),
    "6480": Entry(
        Meaning.REFUSED,
        "It is matched with the bank statement (reconciled).",
        "Undo the match in QuickBooks first, or leave it as it is.",
    ),
    "6520": Entry(
        Meaning.REFUSED, "There is not enough stock of an item.", "Correct the quantity on hand in QuickBooks."
    ),
    "6530": Entry(Meaning.REFUSED, "A text looks like a card number.", "Remove the card number."),
    "6540": Entry(
        Meaning.REFUSED,
        "The payment is part of a bank deposit.",
        "Remove it from the deposit in QuickBooks first, or leave it as it is.",
    ),
    "10000": Entry(Meaning.RETRY, "QuickBooks had an inner failure.", _AGAIN),
    "10100": Entry(Meaning.RETRY, "QuickBooks' answer was too large.", _AGAIN),
}

BOOKS_CLOSED = frozenset({"6200", "6210"})
"""What is refused for the closing date, without and with a password."""
NOT_SUPPORTED = Entry(Meaning.REFUSED, "QuickBooks does not support this.", _OURS)
"""What 500 says inside a 400, where it is a fault of the request and stays one (docs/quickbooks.md 8.3)."""
UNKNOWN_CODE = Entry(Meaning.REFUSED, "QuickBooks refuses this.", "Read the reason, correct the record and try again.")


def entry_for(code: str, fault_type: str = "") -> Entry:
    """The entry of a code; unknown ones of the 6000 family are refusals, unknown system faults are tried again.

    A 500 of the validation is final; of the system, or of nobody in particular, it passes.
    """
    if code == "500" and fault_type.lower().startswith("validation"):
        return NOT_SUPPORTED
    known = ENTRIES.get(code)
    if known is not None:
        return known
    return ENTRIES["10000"] if fault_type.lower().startswith("system") else UNKNOWN_CODE
