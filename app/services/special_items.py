"""Which items may stand for what is not earned: vouchers (docs/decisions/vouchers.md), bad debts and what else an adjustment was made
for (docs/decisions/bad-debts.md). Pure, one sentence per field."""

from app.domain.model.configuration import BAD_DEBT, OWN_ITEMS, ItemPolicy, MappedMethod
from app.domain.model.records import ACCOUNT_CREDIT, VOUCHER
from app.services.choices import Choices
from app.services.ports import CompanyChoices, Option

LIABILITY = "Other Current Liability"
"""The type of the account that an item for vouchers books to (docs/quickbooks.md 9.7)."""
UNDEPOSITED = "Undeposited funds"
"""The heading under which undeposited funds are offered (`app.live_choices`)."""
CLEARING = "Other Current Asset"
"""The type of a clearing account: QuickBooks deposits a payment there, and in banks (docs/quickbooks.md 9.8)."""
EXPENSES = ("Expense", "Other Expense")
"""The types of accounts that an item for bad debts books to."""


def voucher_items(company: CompanyChoices) -> tuple[Option, ...]:
    """The items that vouchers can become."""
    return tuple(item for item in company.items if item.account == LIABILITY)


def clearing_items(company: CompanyChoices) -> tuple[Option, ...]:
    """The items that lines which redeem a voucher can have where vouchers are redeemed by a payment."""
    return tuple(item for item in company.items if item.account == CLEARING)


def bad_debt_items(company: CompanyChoices) -> tuple[Option, ...]:
    """The items that bad debts can become."""
    return tuple(item for item in company.items if item.account in EXPENSES)


def special_item_faults(policy: ItemPolicy, company: CompanyChoices) -> dict[str, str]:
    """What is wrong with the items that were chosen for such things, by field."""
    return {**_voucher_faults(policy, company), **_clearing_faults(policy, company), **_reason_faults(policy, company)}


def _clearing_faults(policy: ItemPolicy, company: CompanyChoices) -> dict[str, str]:
    chosen = policy.voucher_clearing_item_id
    if not chosen or any(item.id == chosen for item in clearing_items(company)):
        return {}
    words = (
        f"Choose an active item whose account is the clearing account for vouchers, an {CLEARING}: there lies what is redeemed by a "
        "payment."
    )
    return {"items.voucher_clearing_item_id": words}


def line_way_fault(method: MappedMethod, choices: Choices) -> str:
    """Why a method has no account where vouchers are redeemed by a line; "" where it may have one."""
    kind = next((each.kind for each in choices.payment_methods if each.id == method.id), "")
    if kind != VOUCHER:
        return ""
    return (
        "Vouchers are redeemed by a line here, so that receipts by voucher wait to be entered as one. Choose no account for this method, or "
        "choose that vouchers are redeemed by a payment."
    )


def _reason_faults(policy: ItemPolicy, company: CompanyChoices) -> dict[str, str]:
    offered = {item.id: item for item in company.items}
    wrong: dict[str, str] = {}
    for reason, chosen in policy.reason_items.items():
        at, item = f"items.reason_items.{reason}", offered.get(chosen)
        if reason == BAD_DEBT and chosen and (item is None or item.account not in EXPENSES):
            wrong[at] = (
                "Choose an active item whose account is an expense: what nobody is going to pay is a cost, not a lower income."
            )
        elif chosen not in ("", OWN_ITEMS) and item is None:
            wrong[at] = "The company has no such active item."
    return wrong


def _voucher_faults(policy: ItemPolicy, company: CompanyChoices) -> dict[str, str]:
    if not policy.voucher_item_id:
        return {}
    item = next((item for item in company.items if item.id == policy.voucher_item_id), None)
    if item is None:
        return {"items.voucher_item_id": "The company has no such active item."}
    if item.account != LIABILITY:
        words = (
            f"{item.name} books to an account of the type {item.account or 'that is not known'}. What is paid for a voucher is "
            f"owed to whoever redeems it: choose an item whose account is an {LIABILITY}, never one of a bank account, "
            "undeposited funds or income."
        )
        return {"items.voucher_item_id": words}
    return {}


def no_money_fault(method: MappedMethod, choices: Choices) -> str:
    """Why the receipts of a method that is no money cannot go to its account; "" where they can, and for every other method."""
    kind = next((each.kind for each in choices.payment_methods if each.id == method.id), "")
    account = next((each for each in choices.company.deposit_accounts if each.id == method.deposit_account_id), None)
    if kind == ACCOUNT_CREDIT:
        return (
            "Account credit is no money that comes in: it is what the shop applies to a sale. Choose no account for it."
        )
    if kind == VOUCHER and account is not None and (account.kind == "Bank" or account.group == UNDEPOSITED):
        return (
            f"A voucher that is redeemed is no money: it never goes to {account.name}. Choose a clearing account (another current asset), or "
            "say that such receipts stay in Oncord."
        )
    return ""
