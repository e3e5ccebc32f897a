"""What a configuration names and its company no longer has in use: nothing new can be booked to it, so that documents wait.

Pure.
"""

from collections.abc import Iterator

from app.domain.model.configuration import Configuration
from app.services.choices import Choices
from app.services.ports import Option

BETTER = "Make it active again in QuickBooks, or choose another one here."


def no_longer_in_use(configuration: Configuration, choices: Choices) -> Iterator[tuple[str, str]]:
    """The field, as faults name it, and what comes of it, for each choice that is not to be had any more."""
    for field, use, chosen, offered in _chosen(configuration, choices):
        if chosen and all(option.id != chosen for option in offered):
            yield field, f"{use} {name_of(chosen, choices)}, which QuickBooks no longer has in use."


def name_of(chosen: str, choices: Choices) -> str:
    """What something is called that is not offered any more, as far as that is known."""
    return choices.company.inactive_accounts.get(chosen, "something chosen before")


def _chosen(
    configuration: Configuration, choices: Choices
) -> Iterator[tuple[str, str, str | None, tuple[Option, ...]]]:
    company, items = choices.company, configuration.items
    methods = {method.id: method.name for method in choices.payment_methods}
    for index, mapped in enumerate(configuration.payment_methods):
        use = f"{methods.get(mapped.id, 'A payment method')} goes to"
        yield f"payment_methods[{index}].deposit_account_id", use, mapped.deposit_account_id, company.deposit_accounts
    yield (
        "unmapped_methods_account_id",
        "Payments by a method that nobody has mapped yet go to",
        configuration.unmapped_methods_account,
        company.deposit_accounts,
    )
    yield "goodwill_account_id", "Goodwill is booked to", configuration.goodwill_account, company.expense_accounts
    yield "pay_back_account_id", "Credit is paid back from", configuration.pay_back_account, company.deposit_accounts
    codes = {code.id: code.name or code.id for code in choices.tax_codes}
    for index, code in enumerate(configuration.tax_codes):
        use = f"The tax code {codes.get(code.code, code.code)} becomes"
        yield f"tax_codes[{index}].quickbooks_id", use, code.quickbooks_id, company.tax_codes
    income = items.income_account_id if items.mode == "match" else ""
    yield "items.income_account_id", "Items are created with the account", income, company.income_accounts
    for name, use, item_id in (
        ("item_id", "Sale lines become", items.item_id if items.mode == "single" else ""),
        ("shipping_item_id", "Shipping becomes", items.shipping_item_id),
        ("discount_item_id", "Discounts become", items.discount_item_id),
        ("voucher_item_id", "Vouchers become", items.voucher_item_id),
        ("voucher_clearing_item_id", "Vouchers that are redeemed become", items.voucher_clearing_item_id),
        ("rounding_item_id", "Rounding becomes", items.rounding_item_id),
        ("opening_item_id", "Opening balances become", items.opening_item_id),
        *((f"reason_items.{reason}", "Adjustments become", item_id) for reason, item_id in items.reason_items.items()),
    ):
        yield f"items.{name}", use, item_id, company.items
    yield "documents.class_id", "New invoices get the class", configuration.documents.class_id, company.classes
    yield "documents.location_id", "New invoices get", configuration.documents.location_id, company.locations
