"""Which items may stand for what is not earned: vouchers (docs/decisions/vouchers.md). Pure, one sentence per field."""

from app.domain.model.configuration import ItemPolicy
from app.services.ports import CompanyChoices, Option

LIABILITY = "Other Current Liability"
"""The type of the account that an item for vouchers books to (docs/quickbooks.md 9.15)."""


def voucher_items(company: CompanyChoices) -> tuple[Option, ...]:
    """The items that vouchers can become."""
    return tuple(item for item in company.items if item.account == LIABILITY)


def special_item_faults(policy: ItemPolicy, company: CompanyChoices) -> dict[str, str]:
    """What is wrong with the items that were chosen for such things, by field."""
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
