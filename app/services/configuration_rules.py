"""Which configurations make sense against what both sides offer; pure, one sentence per field (docs/rules.md 9)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from app.domain.guards.holding import LONGEST_DAYS
from app.domain.model.configuration import Configuration, MappedMethod
from app.domain.model.description import merged_fields
from app.domain.model.records import Kind
from app.services.choices import Choices, same_rate
from app.services.opening import why_not_brought_in
from app.services.pay_back import pay_back_fault
from app.services.ports import Option
from app.services.special_items import line_way_fault, no_money_fault, special_item_faults
from app.services.untaxed import untaxed_faults

HOLDING = f"Choose a whole number of days from 0 to {LONGEST_DAYS}."
"""What a time that is none, or too long, for holding documents is told."""


def faults(
    configuration: Configuration,
    choices: Choices,
    *,
    previous_start: date | None = None,
    today: date | None = None,
) -> dict[str, str]:
    """What is wrong, by field (`payment_methods[0].deposit_account_id`); empty where nothing is."""
    return {
        **_start_date(configuration, choices.closed_until, previous_start),
        **_lodged(configuration.lodged_until, today),
        **_methods(configuration, choices),
        **_unmapped_methods(configuration.unmapped_methods_account, choices),
        **_goodwill(configuration.goodwill_account, choices),
        **_pay_back(configuration),
        **_tax_codes(configuration, choices),
        **untaxed_faults(configuration.untaxed_lines, choices),
        **_items(configuration, choices),
        **special_item_faults(configuration.items, choices.company),
        **_openings(configuration, choices),
        **_documents(configuration, choices),
        **_winners(configuration),
        **_contact_winners(configuration),
        **_holding(configuration.hold_questions_days),
    }


def _start_date(configuration: Configuration, closed_until: date | None, previous: date | None) -> dict[str, str]:
    start, lodged_until = configuration.start_date, configuration.lodged_until
    # Books may be closed long after a start date was chosen; only a new choice is judged.
    if start == previous:
        return {}
    if closed_until is not None and start <= closed_until:
        return {"start_date": f"The books are closed up to {closed_until}. Choose a later date."}
    if lodged_until is not None and start <= lodged_until:
        return {"start_date": f"A BAS or tax return is lodged up to {lodged_until}. Choose a later date."}
    return {}


def _lodged(until: date | None, today: date | None) -> dict[str, str]:
    if until is None or today is None or until < today:
        return {}
    return {"lodged_until": "A period is lodged once it is over. Choose the last day of one that has ended."}


def _methods(configuration: Configuration, choices: Choices) -> dict[str, str]:
    methods, by_line = configuration.payment_methods, configuration.vouchers_redeemed == "line"
    wrong: dict[str, str] = {}
    offered = {method.id for method in choices.payment_methods}
    seen: set[tuple[str, str]] = set()
    sharing: dict[tuple[str, str], list[int]] = defaultdict(list)
    home = choices.company.facts.currency
    for index, method in enumerate(methods):
        at = f"payment_methods[{index}]"
        if method.id not in offered:
            wrong[f"{at}.id"] = "Oncord has no such payment method."
        currency = method.currency or home
        if (method.id, currency) in seen:
            wrong[f"{at}.id"] = "This payment method is there twice."
        seen.add((method.id, currency))
        if method.deposit_account_id is None:
            if method.preferred:
                wrong[f"{at}.preferred"] = "A method that is not synchronised cannot be preferred."
            continue
        fault = _account_fault(method.deposit_account_id, currency, choices) or no_money_fault(method, choices)
        fault = fault or (line_way_fault(method, choices) if by_line else "")
        if fault:
            wrong[f"{at}.deposit_account_id"] = fault
        else:
            sharing[method.deposit_account_id, currency].append(index)
    for (account_id, _), indexes in sharing.items():
        wrong |= _preference_faults(methods, indexes, _by_id(choices.company.deposit_accounts)[account_id].name)
    return wrong


def _unmapped_methods(account_id: str, choices: Choices) -> dict[str, str]:
    """What is wrong with the account for payments by methods that nobody has mapped, in whichever currency they are."""
    fault = _account_fault(account_id, choices.company.facts.currency, choices) if account_id else ""
    return {"unmapped_methods_account_id": fault} if fault else {}


def _goodwill(account_id: str, choices: Choices) -> dict[str, str]:
    """What is wrong with the account of refunds that are goodwill (R5)."""
    fault = goodwill_fault(account_id, choices) if account_id else ""
    return {"goodwill_account_id": fault} if fault else {}


def _pay_back(configuration: Configuration) -> dict[str, str]:
    """What is wrong with the account from which credit is paid back (S5)."""
    account_id = configuration.pay_back_account
    fault = pay_back_fault(account_id, configuration) if account_id else ""
    return {"pay_back_account_id": fault} if fault else {}


def goodwill_fault(account_id: str, choices: Choices) -> str:
    """Why refunds that are goodwill cannot be booked to this account; "" where they can."""
    account = _by_id(choices.company.expense_accounts).get(account_id)
    home = choices.company.facts.currency
    if account is None or account.currency not in ("", home):
        return f"Choose an active expense account of the company{f' in {home}' if home else ''}."
    return ""


def _account_fault(account_id: str, currency: str, choices: Choices) -> str:
    """Why money of this currency cannot be deposited in this account; "" where it can."""
    home = choices.company.facts.currency
    account = _by_id(choices.company.deposit_accounts).get(account_id)
    if account is None and (name := choices.company.inactive_accounts.get(account_id)):
        return f"{name} is no longer in use in QuickBooks. Make it active again there, or choose another account."
    if account is None:
        return (
            "Choose an active bank account of the company, undeposited funds or another current asset that holds money, or "
            "say that such receipts stay in Oncord."
        )
    if home and currency != home and not choices.company.facts.multi_currency:
        return (
            f"The company keeps its books in {home} only, so that no money in {currency} comes into them. Turn on "
            "multiple currencies in QuickBooks first, or leave this row out."
        )
    if account.currency and account.currency not in (currency, home):
        # QuickBooks puts money of any currency into an account of its home currency, at the rate of the day.
        or_home = "" if currency == home else f" or in {home}"
        return f"This account is kept in {account.currency}. Money in {currency} goes to an account in {currency}{or_home}."
    return ""


def _preference_faults(methods: Sequence[MappedMethod], indexes: Sequence[int], account: str) -> dict[str, str]:
    """What is wrong with which of the methods that share one account is the preferred one."""
    preferred = [index for index in indexes if methods[index].preferred]
    wrong: dict[str, str] = {}
    if len(indexes) > 1 and not preferred:
        wrong[f"payment_methods[{indexes[0]}].preferred"] = (
            f"Several methods share {account}: mark the one that payments from QuickBooks are given."
        )
    for index in preferred[1:]:
        wrong[f"payment_methods[{index}].preferred"] = f"Only one method of {account} can be the preferred one."
    return wrong


def _tax_codes(configuration: Configuration, choices: Choices) -> dict[str, str]:
    wrong: dict[str, str] = {}
    shop_codes = {code.id: code for code in choices.tax_codes}
    company_codes = _by_id(choices.company.tax_codes)
    seen: set[str] = set()
    for index, mapped in enumerate(configuration.tax_codes):
        at = f"tax_codes[{index}]"
        code, twin = shop_codes.get(mapped.code), company_codes.get(mapped.quickbooks_id)
        if code is None:
            wrong[f"{at}.code"] = "Oncord has no such tax code."
        elif mapped.code in seen:
            wrong[f"{at}.code"] = "This tax code is there twice."
        seen.add(mapped.code)
        if not mapped.quickbooks_id:
            continue
        if twin is None:
            wrong[f"{at}.quickbooks_id"] = "The company has no such active tax code."
        elif code is not None and not same_rate(code.rate, twin.rate):
            wrong[f"{at}.quickbooks_id"] = f"{code.id} is {code.rate} %, but {twin.name} is {twin.rate} %."
        elif code is not None and not same_rate(mapped.rate, code.rate):
            wrong[f"{at}.rate"] = f"{code.id} is {code.rate} % in Oncord."
    return wrong


def _items(configuration: Configuration, choices: Choices) -> dict[str, str]:
    policy, items = configuration.items, _by_id(choices.company.items)
    wrong: dict[str, str] = {}
    if policy.mode == "single" and policy.item_id not in items:
        wrong["items.item_id"] = "Choose the item that stands for every sale line."
    if policy.mode == "match" and policy.income_account_id not in _by_id(choices.company.income_accounts):
        wrong["items.income_account_id"] = "Choose the income account of items that are created as needed."
    optional = {
        "item_id": policy.item_id,
        "shipping_item_id": policy.shipping_item_id,
        "discount_item_id": policy.discount_item_id,
        "rounding_item_id": policy.rounding_item_id,
    }
    for name, item_id in optional.items():
        if item_id and item_id not in items:
            wrong.setdefault(f"items.{name}", "The company has no such active item.")
    return wrong


def _openings(configuration: Configuration, choices: Choices) -> dict[str, str]:
    """What is wrong with how sales that were open on the start date come into the books (S1)."""
    item_id = configuration.items.opening_item_id
    wrong: dict[str, str] = {}
    if item_id and item_id not in _by_id(choices.company.opening_items):
        wrong["items.opening_item_id"] = (
            "Choose an active service or non-inventory item whose income account is Opening Balance Equity; make one in "
            "QuickBooks first where there is none."
        )
    if configuration.opening_receivables == "bring_in" and (words := why_not_brought_in(configuration)):
        wrong.setdefault("opening_receivables" if item_id else "items.opening_item_id", words)
    return wrong


def _documents(configuration: Configuration, choices: Choices) -> dict[str, str]:
    policy, company = configuration.documents, choices.company
    wrong = {
        "documents.class_id": _not_offered(policy.class_id, company.classes, "class", "classes"),
        "documents.location_id": _not_offered(policy.location_id, company.locations, "location", "locations"),
    }
    return {field: sentence for field, sentence in wrong.items() if sentence}


def _not_offered(chosen: str, offered: tuple[Option, ...], one: str, several: str) -> str:
    """What is wrong with a chosen row of a list that a company may not use at all; "" where nothing is."""
    if not chosen or chosen in _by_id(offered):
        return ""
    return f"The company has no such active {one}." if offered else f"The company does not use {several}. Choose none."


def _winners(configuration: Configuration) -> dict[str, str]:
    missing = [kind for kind in Kind if kind not in configuration.conflict_winner]
    return {f"conflict_winner.{kind}": "Choose oncord or quickbooks." for kind in missing}


def _contact_winners(configuration: Configuration) -> dict[str, str]:
    known = merged_fields(Kind.CONTACT)
    sentence = f"A contact has no such field. Choose among {', '.join(known)}."
    return {f"contact_winner.{name}": sentence for name in configuration.contact_winner if name not in known}


def _holding(days: int) -> dict[str, str]:
    return {} if 0 <= days <= LONGEST_DAYS else {"hold_questions_days": HOLDING}


def _by_id(choices: Iterable[Option]) -> dict[str, Option]:
    return {choice.id: choice for choice in choices}
