"""A contact, item or receipt of one side in the other side's ids and codes. Sales have a room of their own.

What cannot be translated yet is an `Obstacle`: it says what must change first and is shown to a person in those words.
"""

from dataclasses import replace
from decimal import Decimal
from typing import Any, TypeVar

from app.domain.matching.tax_numbers import is_masked
from app.domain.model.configuration import Configuration
from app.domain.model.currencies import with_currency
from app.domain.model.records import (
    ACCOUNT_CREDIT,
    VOUCHER,
    Address,
    Allocation,
    Contact,
    Item,
    Name,
    Receipt,
    Reference,
    Sale,
    Side,
)
from app.domain.model.waiting import (
    UNDECIDED,
    VOUCHERS_REDEEMED,
    ConfigurationChoice,
    PersonsDecision,
    choice_of_currency,
)
from app.domain.planning.id_map import Obstacle
from app.domain.planning.merge import is_text


def display_name(name: Name, email: str = "") -> str:
    """What QuickBooks shows for a contact: "First Last", or the company, or what else there is. QBO forbids colons."""
    person = f"{name.first} {name.last}".strip()
    chosen = (name.company or person) if name.type == "company" else (person or name.company)
    text = chosen or name.display or email
    return " ".join(text.replace(":", " ").split())


def contact_to(target: Side, contact: Contact) -> Contact:
    """A contact in the target's words. Names without parts become a company's name in Oncord."""
    name = contact.name
    if is_masked(contact.tax_number):
        contact = replace(contact, tax_number="")
    if target is Side.QUICKBOOKS:
        return replace(contact, name=replace(name, display=display_name(name, contact.email)), active=True)
    if not (name.first or name.last or name.company):
        name = Name(type="company", company=name.display)
    own = replace(contact, name=replace(name, display=display_name(name)), parent_id="", is_project=False)
    return without_texts(own)


Addressed = TypeVar("Addressed", Contact, Sale)


def without_texts(record: Addressed) -> Addressed:
    """A record without the addresses that are free text: what of them is a street is not certain."""
    groups = ("billing_address", "shipping_address")
    emptied: dict[str, Any] = {group: Address() for group in groups if is_text(getattr(record, group))}
    return replace(record, **emptied)


def item_to(target: Side, item: Item, configuration: Configuration) -> Item:
    """A product as an item and the reverse; a tax code that is not mapped is left to the lines."""
    return replace(item, tax_code=configuration.tax_code_on(target, item.tax_code) or "")


def channel_to(target: Side, receipt: Receipt, configuration: Configuration, current: str = "") -> str:
    """Where a receipt's money went, in the target's words: R1 and R2 by the map, R7 keeps `current` while it maps there.

    Raises `Obstacle` where nobody has chosen where it goes, or the choice is that it stays.
    """
    if not receipt.payment.amount:
        return "" if target is Side.QUICKBOOKS else current or _method_without_cash(configuration)
    currency = receipt.payment.currency
    foreign = configuration.books_currency(currency) not in ("", configuration.home_currency)
    within = f" in {currency}" if foreign else ""
    if target is Side.QUICKBOOKS:
        _refuse_what_is_no_money(receipt, configuration)
        account = configuration.account_for(receipt.channel, currency)
        if account:
            return account
        mapped = configuration.mapped(receipt.channel, currency)
        if mapped is not None and mapped.left_out:
            raise Obstacle(
                ConfigurationChoice(f"payment method {receipt.channel}{within}"),
                f"It is in QuickBooks, but receipts of its payment method stay in Oncord{within}. Choose a deposit account for "
                "the method, or correct it in QuickBooks by hand.",
            )
        if not receipt.channel:
            raise Obstacle(
                ConfigurationChoice("payment method (none)"), "It has no payment method. Give it one in Oncord."
            )
        raise Obstacle(
            UNDECIDED,
            f"Nobody has decided yet where receipts of its payment method go{within}. Choose a deposit account for the method "
            "in the configuration, or say that they stay in Oncord.",
        )
    method = configuration.method_for(receipt.channel, current, currency)
    if method is None:
        raise Obstacle(
            ConfigurationChoice(f"deposit account {receipt.channel or '(none)'}{within}"),
            f"Its QuickBooks deposit account belongs to no payment method{within}. Map one to it if such payments should "
            "arrive.",
        )
    return method


def _refuse_what_is_no_money(receipt: Receipt, configuration: Configuration) -> None:
    """Raises `Obstacle` for account credit, which is an allocation and never money in an account (R6), and for a voucher where vouchers
    are redeemed by a line, or whose method has no account of its own: it never goes where money of any method goes."""
    money = with_currency(receipt.payment.amount, receipt.payment.currency)
    if receipt.means == ACCOUNT_CREDIT:
        raise Obstacle(
            PersonsDecision(),
            f"It pays {money} by account credit, which is no money that came in. In Oncord, take this receipt off and apply to the sale "
            "what gave the credit: the adjustment, or the receipt that is not used up.",
        )
    does = "redeems" if receipt.payment.amount > 0 else "gives back"
    voucher = f"It {does} a voucher of {with_currency(abs(receipt.payment.amount), receipt.payment.currency)}"
    if receipt.means == VOUCHER and configuration.vouchers_redeemed == "line":
        raise Obstacle(
            VOUCHERS_REDEEMED,
            f"{voucher} by a payment method, and vouchers are redeemed by a line here. A payment cannot be that: "
            "QuickBooks deposits one in a bank account or another current asset, and takes none off what is owed for vouchers. In Oncord, "
            "take this receipt off and redeem the voucher by a line below zero of the sale; or choose in the configuration that vouchers are "
            "redeemed by a payment, and a clearing account for the method.",
        )
    mapped = configuration.mapped(receipt.channel, receipt.payment.currency)
    if receipt.means == VOUCHER and (mapped is None or mapped.choice == "undecided"):
        raise Obstacle(
            UNDECIDED,
            f"{voucher}, and nobody has decided how such receipts go to QuickBooks. Choose a clearing account for the "
            "method in the configuration, never the bank or undeposited funds; or, better, redeem vouchers in Oncord by a line below zero "
            "of the sale.",
        )


def _method_without_cash(configuration: Configuration) -> str:
    """Oncord asks for a payment method even where no cash moves (R6): the preferred one, else any that is mapped."""
    mapped = [m for m in configuration.payment_methods if m.deposit_account_id]
    chosen = next((m for m in mapped if m.preferred), mapped[0] if mapped else None)
    if chosen is None:
        raise Obstacle(
            ConfigurationChoice("any payment method"), "No payment method is mapped to a QuickBooks account."
        )
    return chosen.id


def check_currency(currency: str, configuration: Configuration) -> None:
    """A company with one currency takes nothing in another; raises `Obstacle` in clear words."""
    home = configuration.home_currency
    if currency and home and currency != home and not configuration.multi_currency:
        raise Obstacle(
            choice_of_currency(currency),
            f"It is in {currency}, but the QuickBooks company keeps its books in {home} only. Turn on multiple currencies "
            "in QuickBooks and save the configuration again, or enter it there by hand.",
        )


def check_same_currency(oncord_currency: str, quickbooks_currency: str, configuration: Configuration) -> None:
    """QuickBooks cannot change the currency of a document; raises `Obstacle` where a linked one would have to."""
    if configuration.books_currency(oncord_currency) != configuration.books_currency(quickbooks_currency):
        raise Obstacle(
            PersonsDecision(),
            f"It is in {oncord_currency} in Oncord but was entered in {quickbooks_currency} in QuickBooks, which cannot change the currency of a "
            f"document. Set it back to {quickbooks_currency}, or delete it on both sides and enter it anew in {oncord_currency}.",
        )


def added_up(allocations: tuple[Allocation, ...]) -> tuple[Allocation, ...]:
    """One allocation per sale."""
    totals: dict[Reference, Allocation] = {}
    for a in allocations:
        seen = totals.get(a.sale_id)
        totals[a.sale_id] = replace(a, amount=a.amount + seen.amount) if seen else a
    return tuple(a for a in totals.values() if a.amount != Decimal(0))
