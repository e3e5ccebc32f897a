"""What is obvious of a configuration that nobody has decided yet: accounts by the type of a payment method, and items by their account
and name (docs/decisions/the-adviser.md).

Pure. A proposal decides nothing (law 13): the page shows it by name, and fills it in where a person asks for it; a program reads it. Where
two accounts or items would do, nothing is proposed.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from app.domain.model.configuration import BAD_DEBT, Configuration, MappedMethod
from app.services.adviser import CARDS, ON_HAND, PAYPAL, PROVIDERS, named
from app.services.choices import Choices, ShopChoice
from app.services.ports import Option
from app.services.special_items import UNDEPOSITED, bad_debt_items, voucher_items

_CALLED = {CARDS: ("stripe", "square", "eway", "card"), PAYPAL: ("paypal",)}
"""What the clearing account of a provider is called."""
_NO_BANK = ("clearing", "cash", "till", "petty", "savings", "loan", "paypal", "stripe", "square", "eway", "card")
"""What a bank account into which customers pay is not called."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """For a field, as faults name it: what it is of (`what`), and the `id` and `name` of the account or item."""

    field: str
    what: str
    id: str
    name: str


def proposals(configuration: Configuration, choices: Choices) -> tuple[Proposal, ...]:
    """What is obvious of all that is undecided, in the order of the form."""
    return (*_of_methods(configuration, choices), *_of_items(configuration, choices))


def filled_in(configuration: Configuration, choices: Choices) -> Configuration:
    """The configuration with every proposal taken; where methods share an account the first of them is preferred."""
    chosen = {each.field: each.id for each in proposals(configuration, choices)}
    methods = [
        replace(mapped, deposit_account_id=chosen[field]) if (field := _field(index)) in chosen else mapped
        for index, mapped in enumerate(configuration.payment_methods)
    ]
    items = configuration.items
    reasons = dict(items.reason_items)
    if (bad_debt := chosen.get(_BAD_DEBT)) is not None:
        reasons[BAD_DEBT] = bad_debt
    return replace(
        configuration,
        payment_methods=tuple(_with_preferred(methods)),
        items=replace(items, voucher_item_id=chosen.get(_VOUCHER, items.voucher_item_id), reason_items=reasons),
    )


_VOUCHER, _BAD_DEBT = "items.voucher_item_id", f"items.reason_items.{BAD_DEBT}"


def _of_methods(configuration: Configuration, choices: Choices) -> Iterator[Proposal]:
    home = choices.company.facts.currency
    shop = {method.id: method for method in choices.payment_methods if method.active}
    for index, mapped in enumerate(configuration.payment_methods):
        method = shop.get(mapped.id)
        if method is None or mapped.choice != "undecided" or mapped.currency not in ("", home):
            continue
        account = _account_of(method, choices)
        if account is not None:
            yield Proposal(_field(index), method.name, account.id, account.name)


def _account_of(method: ShopChoice, choices: Choices) -> Option | None:
    """The one account that the money of a method comes into, as far as types and names tell."""
    home = choices.company.facts.currency
    accounts = [each for each in choices.company.deposit_accounts if each.currency in ("", home)]
    if method.kind in PROVIDERS:
        return _only(accounts, lambda each: named(each, _CALLED[PROVIDERS[method.kind]]))
    if method.kind == "direct_deposit":
        return _only(accounts, lambda each: each.kind == "Bank" and not named(each, _NO_BANK))
    if method.kind in ON_HAND:
        return _only(accounts, lambda each: each.group == UNDEPOSITED)
    return None


def _of_items(configuration: Configuration, choices: Choices) -> Iterator[Proposal]:
    policy = configuration.items
    if not policy.voucher_item_id and (item := _only(voucher_items(choices.company), _is_voucher)) is not None:
        yield Proposal(_VOUCHER, "Vouchers", item.id, item.name)
    if (
        not policy.reason_items.get(BAD_DEBT)
        and (item := _only(bad_debt_items(choices.company), _is_bad_debt)) is not None
    ):
        yield Proposal(_BAD_DEBT, "Bad debts", item.id, item.name)


def _is_voucher(item: Option) -> bool:
    return named(item, ("voucher", "gift"))


def _is_bad_debt(item: Option) -> bool:
    return named(item, ("bad debt",))


def _with_preferred(methods: list[MappedMethod]) -> Iterator[MappedMethod]:
    """Of methods that share an account and none of which is preferred yet, the first one is."""
    shared = [(m.deposit_account_id or "", m.currency) for m in methods if m.deposit_account_id]
    done = {(m.deposit_account_id or "", m.currency) for m in methods if m.preferred}
    for mapped in methods:
        key = (mapped.deposit_account_id or "", mapped.currency)
        first = shared.count(key) > 1 and key not in done
        done |= {key} if first else set()
        yield replace(mapped, preferred=True) if first else mapped


def _field(index: int) -> str:
    return f"payment_methods[{index}].deposit_account_id"


def _only(options: Iterable[Option], fits: Callable[[Option], bool]) -> Option | None:
    """The one of these that fits; None where none does, or several do."""
    found = [option for option in options if fits(option)]
    return found[0] if len(found) == 1 else None
