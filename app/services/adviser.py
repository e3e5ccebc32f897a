"""What of a configuration is allowed and probably not meant, each with what would be better (docs/decisions/the-adviser.md).

Pure. Nothing is refused for it and nothing is changed by it: a person reads it and chooses.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from app.domain.model.configuration import BAD_DEBT, Configuration, MappedMethod
from app.domain.model.days import day_in_words
from app.domain.model.gst_periods import last_end, next_end
from app.domain.model.records import VOUCHER
from app.services.choices import Choices, ShopChoice
from app.services.double_income import Entries, told
from app.services.no_longer_in_use import BETTER, no_longer_in_use
from app.services.ports import Option
from app.services.special_items import UNDEPOSITED

CARDS, PAYPAL = "cards", "PayPal"
PROVIDERS = {"credit_card": CARDS, "credit_card_phone": CARDS, "paypal": PAYPAL}
"""Who collects the money of a type of payment method and pays it out in bundles, less fees."""
ON_HAND = ("cash", "cheque")
_CLEARING_WORDS = ("clearing", "paypal", "stripe", "square", "eway", "wallet", "holding", "undeposited")
_NO_MONEY_WORDS = {
    "loan": "a loan",
    "gst": "GST",
    "receivable": "what customers owe",
    "deposit paid": "a deposit that was paid",
}
_TILL_WORDS = ("cash", "till", "drawer")
_INCOME = ("Income", "Other Income", "")
_LABELS = {
    "free": "GST-free (G3)",
    "export": "exports (G2)",
    "input": "input taxed (G4)",
    "scope": "out of scope (no label)",
}
"""The label of a BAS by a word in the name of a tax code that bears no tax."""


@dataclass(frozen=True, slots=True)
class Advice:
    """One choice: the field as faults name it, what comes of what is chosen, and what would be better."""

    field: str
    found: str
    better: str


def advice(configuration: Configuration, choices: Choices) -> tuple[Advice, ...]:
    """What is worth a second look: what does not work any more, then the rest in the order of the form; nothing where everything
    is as most books have it."""
    rules: tuple[Callable[[Configuration, Choices], Iterator[Advice]], ...] = (
        _no_longer_in_use,
        _entered_twice,
        _start,
        _methods,
        _shared_accounts,
        _unmapped,
        _taxed_without_registration,
        _labels,
        _items,
        _vouchers,
        _numbers,
        _automatic,
        _foreign,
        _periods,
    )
    return tuple(each for rule in rules for each in rule(configuration, choices))


def _no_longer_in_use(configuration: Configuration, choices: Choices) -> Iterator[Advice]:
    for field, words in no_longer_in_use(configuration, choices):
        yield Advice(field, words, BETTER)


def advice_about(entries: Entries | None) -> tuple[Advice, ...]:
    """What is worth a second look of what else is entered in the books."""
    return tuple(Advice(field, *words) for field, words in told(entries))


def _entered_twice(configuration: Configuration, choices: Choices) -> Iterator[Advice]:
    """What else puts the shop's sales into QuickBooks, and whether the shop's next numbers are taken there."""
    for field, (found, better) in told(choices.entries):
        if field != "document_numbers" or configuration.document_numbers == "oncord":
            yield Advice(field, found, better)


def _start(configuration: Configuration, choices: Choices) -> Iterator[Advice]:
    start, country = configuration.start_date, choices.company.facts.country
    end = last_end(configuration.gst_period, start, country)
    following = next_end(configuration.gst_period, start, country)
    if end is None or following is None or end + dt.timedelta(days=1) == start:
        return
    first = end + dt.timedelta(days=1)
    yield Advice(
        "start_date",
        f"{day_in_words(start)} lies within the period from {day_in_words(first)} to {day_in_words(following)}: one return would hold"
        " sales that were entered by hand and sales that came from the shop.",
        f"Start on {day_in_words(following + dt.timedelta(days=1))}, or on {day_in_words(first)} where nothing of that period is in"
        " QuickBooks yet.",
    )


def _methods(configuration: Configuration, choices: Choices) -> Iterator[Advice]:
    for index, mapped in enumerate(configuration.payment_methods):
        method, account = _method_and_account(mapped, choices)
        if method is None or account is None:
            continue
        field = f"payment_methods[{index}].deposit_account_id"
        if told := _of_account(method, account):
            yield Advice(field, *told)


def _of_account(method: ShopChoice, account: Option) -> tuple[str, str] | None:
    """What comes of a method's money in an account, and what would be better; None where that is as it should be."""
    name = account.name.casefold()
    mistaken = next(
        (words for word, words in _NO_MONEY_WORDS.items() if word in name.split() or f" {word}" in name), ""
    )
    if mistaken and account.kind != "Bank":
        return (
            f"{method.name} goes to {account.name}, which looks like an account for {mistaken}.",
            f"Choose the account that the money of {method.name} really comes into.",
        )
    if method.kind in PROVIDERS and account.kind == "Bank" and not named(account, _CLEARING_WORDS):
        return (
            f"{method.name} goes straight into {account.name}. Whoever collects that money pays it out in bundles and less fees, so that"
            " no line of the bank's statement will match a payment.",
            "Choose a clearing account, which holds what the provider has not paid out yet, and transfer each payout from there.",
        )
    if method.kind == "direct_deposit" and account.kind != "Bank":
        return (
            f"{method.name} goes to {account.name}, and customers pay it into a bank account.",
            "Choose the bank account that is on your invoices: each payment then matches its line of the statement.",
        )
    if method.kind in ON_HAND and account.kind == "Bank" and not named(account, _TILL_WORDS):
        return (
            f"{method.name} goes straight into {account.name}, and is banked in bundles, so that no line of the statement will match.",
            "Choose undeposited funds, and record each banking as a bank deposit in QuickBooks.",
        )
    return None


def _shared_accounts(configuration: Configuration, choices: Choices) -> Iterator[Advice]:
    """Several providers whose money lies in one account, so that its balance is what neither of them says."""
    sharing: dict[str, dict[str, int]] = defaultdict(dict)
    for index, mapped in enumerate(configuration.payment_methods):
        method, account = _method_and_account(mapped, choices)
        if method is not None and account is not None and method.kind in PROVIDERS and account.group != UNDEPOSITED:
            sharing[account.name].setdefault(PROVIDERS[method.kind], index)
    for name, providers in sharing.items():
        if len(providers) > 1:
            yield Advice(
                f"payment_methods[{max(providers.values())}].deposit_account_id",
                f"{' and '.join(sorted(providers))} share {name}, so that its balance is neither what the one nor what the other says"
                " it owes you.",
                "Give each provider a clearing account of its own.",
            )


def _unmapped(configuration: Configuration, choices: Choices) -> Iterator[Advice]:
    account = _account(configuration.unmapped_methods_account, choices)
    if account is not None and account.kind == "Bank" and not named(account, _CLEARING_WORDS):
        yield Advice(
            "unmapped_methods_account_id",
            f"Payments by a method that nobody has mapped yet go to {account.name}, among lines of the bank's statement.",
            "Choose a clearing account: what lies there still has to be looked at.",
        )


def _taxed_without_registration(configuration: Configuration, choices: Choices) -> Iterator[Advice]:
    taxed = [code for code in choices.tax_codes if code.active and _bears_tax(code.rate)]
    if not taxed or "sales_tax" in choices.company.facts.features:
        return
    tax = "sales tax" if choices.company.facts.country == "US" else "GST"
    yield Advice(
        "tax_codes",
        f"The shop charges tax ({taxed[0].name}), and {choices.company.facts.name} is not set up for {tax}: all of it would be income.",
        f"Turn on {tax} in QuickBooks where the business is registered for it; where it is not, charge none in the shop.",
    )


def _labels(configuration: Configuration, choices: Choices) -> Iterator[Advice]:
    """Codes without tax that stand on another label of the BAS than the shop's own."""
    if choices.company.facts.country != "AU":
        return
    shop = {code.id: code for code in choices.tax_codes}
    offered = {code.id: code for code in choices.company.tax_codes}
    for index, mapped in enumerate(configuration.tax_codes):
        here, there = shop.get(mapped.code), offered.get(mapped.quickbooks_id)
        if here is None or there is None:
            continue
        meant, becomes = _label(f"{here.name} {here.id}"), _label(there.name)
        if meant and becomes and meant != becomes:
            yield Advice(
                f"tax_codes[{index}].quickbooks_id",
                f"{here.name} is {_LABELS[meant]} by its name, and becomes {there.name}, which is {_LABELS[becomes]} on the BAS.",
                f"Choose the code for what is {_LABELS[meant]}, unless the shop's code is only named so.",
            )


def _items(configuration: Configuration, choices: Choices) -> Iterator[Advice]:
    policy = configuration.items
    chosen = {
        "items.item_id": policy.item_id,
        "items.shipping_item_id": policy.shipping_item_id,
        "items.discount_item_id": policy.discount_item_id,
        "items.rounding_item_id": policy.rounding_item_id,
        "items.voucher_item_id": policy.voucher_item_id,
        **{f"items.reason_items.{reason}": item for reason, item in policy.reason_items.items()},
    }
    offered = {item.id: item for item in choices.company.items}
    for field, item_id in chosen.items():
        item = offered.get(item_id)
        if item is None:
            continue
        if item.kind == "Inventory":
            yield Advice(
                field,
                f"{item.name} is a stock item: QuickBooks would take one off its stock with each line, and book its cost.",
                "Choose a service or non-inventory item; the shop keeps the stock.",
            )
        elif field in ("items.item_id", "items.shipping_item_id") and item.account not in _INCOME:
            yield Advice(
                field,
                f"{item.name} books to an account of the type {item.account}, so that what is sold would be no income.",
                "Choose an item whose account is an income account.",
            )
    if not policy.reason_items.get(BAD_DEBT):
        yield Advice(
            f"items.reason_items.{BAD_DEBT}",
            "No item is chosen for bad debts, so that each one written off in the shop will wait.",
            "Choose an item whose account is an expense.",
        )


def _vouchers(configuration: Configuration, choices: Choices) -> Iterator[Advice]:
    if configuration.items.voucher_item_id or not any(m.active and m.kind == VOUCHER for m in choices.payment_methods):
        return
    yield Advice(
        "items.voucher_item_id",
        "The shop takes vouchers, and no item is chosen for them, so that sales of vouchers will wait.",
        "Choose an item whose account is an Other Current Liability: what is paid for a voucher is owed to whoever redeems it.",
    )


def _numbers(configuration: Configuration, choices: Choices) -> Iterator[Advice]:
    if configuration.document_numbers != "oncord" or "custom_numbers" in choices.company.facts.features:
        return
    yield Advice(
        "document_numbers",
        f"Invoices are to have the shop's numbers, and custom transaction numbers are off in {choices.company.facts.name}: its own"
        " screens number on their own, and two documents may get one number.",
        "Turn on custom transaction numbers in QuickBooks (Account and settings, Sales), or let QuickBooks number its documents.",
    )


def _automatic(configuration: Configuration, choices: Choices) -> Iterator[Advice]:
    """What QuickBooks applies to open invoices by itself, before the shop's own money comes for them."""
    facts = choices.company.facts
    applied = [word for word in ("credits", "payments") if f"automatic_{word}" in facts.features]
    if applied:
        yield Advice(
            "payment_methods",
            f"{facts.name} applies {' and '.join(applied)} to the oldest open invoices by itself, so that an invoice may be paid by what was meant"
            " for another one, and the shop is told of a sale that is settled otherwise.",
            "Turn that off in QuickBooks (Account and settings, Advanced, Automation): the shop says what pays what.",
        )


def _foreign(configuration: Configuration, choices: Choices) -> Iterator[Advice]:
    """Sales of the shop in currencies that the company does not keep."""
    facts = choices.company.facts
    if choices.entries is None or facts.multi_currency or not facts.currency:
        return
    sold = sorted({sale.money.currency for sale in choices.entries.sales if sale.money.currency} - {facts.currency})
    if sold:
        yield Advice(
            "payment_methods",
            f"The shop has sold in {' and '.join(sold)} of late, and {facts.name} keeps its books in {facts.currency} only, so that such sales"
            " will wait.",
            "Turn on multiple currencies in QuickBooks (Account and settings, Advanced). It cannot be turned off again, so ask your bookkeeper"
            " first.",
        )


def _periods(configuration: Configuration, choices: Choices) -> Iterator[Advice]:
    if choices.company.facts.country != "AU" or "sales_tax" not in choices.company.facts.features:
        return
    if configuration.gst_basis == "undecided":
        yield Advice(
            "gst_basis",
            "Nobody has said whether GST is reported by what is invoiced or by what is paid; until then the stricter of both counts.",
            "Choose as it stands on the BAS: cash or non-cash (accrual).",
        )
    if configuration.gst_period == "undecided":
        yield Advice(
            "gst_period",
            "Nobody has said for which periods GST is reported, so that no return that is due can be named.",
            "Choose monthly, quarterly or yearly, as the tax office wants the BAS.",
        )


def _method_and_account(mapped: MappedMethod, choices: Choices) -> tuple[ShopChoice | None, Option | None]:
    method = next((each for each in choices.payment_methods if each.id == mapped.id), None)
    return method, _account(mapped.deposit_account_id or "", choices)


def _account(account_id: str, choices: Choices) -> Option | None:
    return next((each for each in choices.company.deposit_accounts if each.id == account_id), None)


def named(option: Option, words: Collection[str]) -> bool:
    """Whether a word of these is in its name."""
    return any(word in option.name.casefold() for word in words)


def _bears_tax(rate: str) -> bool:
    try:
        return Decimal(rate or "0") > 0
    except InvalidOperation:
        return False


def _label(name: str) -> str:
    """The first word of `_LABELS` in a tax code's name; "" where there is none."""
    return next((word for word in _LABELS if word in name.casefold()), "")
