"""Money: what a receipt and its payments have to say alike, and what they differ in.

Compared are the cash, the account that it lies in, and what is applied to each document. One receipt may be several
payments (over several customers, or a refund with what joins it to its credit); they count together. Dates and
references are not compared: the day on which a bank tells of money is another one.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from app.tieout.causes import (
    LEFT_AS_IT_IS,
    UNEXPLAINED,
    Cause,
    Explained,
    alone,
    left_so,
    locked,
    said_to_be_one,
    standing,
)
from app.tieout.differences import Difference, one_sided, steps, told
from app.tieout.facts import ZERO, Entry, Group, Settings, Ties
from app.tieout.figures import Figures, Paid, total
from app.tieout.money_rules import (
    Documents,
    a_fee_apart,
    by_rule,
    more_than_it_comes_to,
    stays_with_what_it_pays,
    unapplied,
)
from app.tieout.numbers import written

Change = tuple[str, Callable[[Paid], Paid]]


@dataclass(frozen=True, slots=True)
class Money:
    """What counts of a group: Oncord's receipt and QuickBooks' payments that are not void, and what they come to."""

    ours: Entry | None
    theirs: tuple[Entry, ...]
    here: Paid | None
    there: Paid | None


def money_of(group: Group, ties: Ties, settings: Settings) -> Money:
    """What counts of a group."""
    ours = group.oncord if group.oncord is not None and not group.oncord.void else None
    theirs = tuple(entry for entry in group.quickbooks if not entry.void)
    spent = sum((entry.total for entry in theirs if entry.expensed), ZERO)  # Oncord has no word for an expense
    here = replace(paid((ours,), ties, settings), spent=spent) if ours is not None else None
    there = replace(paid(theirs, ties, settings), spent=spent) if theirs else None
    return Money(ours, theirs, here, there)


def judge_money(
    group: Group,
    money: Money,
    ties: Ties,
    settings: Settings,
    documents: Documents,
    overpaid: Collection[str] = frozenset(),
) -> list[Difference]:
    """All differences of one group, of which `money_of` says what counts; `overpaid`: the documents that Oncord shows so."""
    here, there = money.here, money.there
    if here is not None and there is not None and money.ours is not None:
        entries = (money.ours, *money.theirs)
        return list(_compared(group, entries, (here, there), ties, settings, documents, overpaid))
    figures = here or there
    return [] if figures is None else _alone(group, money, figures, settings, documents)


def paid(entries: tuple[Entry, ...], ties: Ties, settings: Settings) -> Paid:
    """What counts of money that belongs together, all of one side."""
    cash: dict[str, Decimal] = defaultdict(Decimal)
    applied: dict[str, Decimal] = defaultdict(Decimal)
    unapplied: dict[str, Decimal] = defaultdict(Decimal)
    for entry in entries:
        party = ties.party(entry.side, entry.contact_id)
        cash[settings.channel(entry)] += entry.total
        unapplied[party] += entry.total
        for part in entry.applied:
            amount = -part.amount if part.credit else part.amount
            applied[ties.document(entry.side, part.document_id)] += amount
            unapplied[party] -= amount
    owner = max(unapplied, key=lambda party: abs(unapplied[party]))
    return Paid(
        currency=entries[0].currency,
        party=owner,
        cash={channel: amount for channel, amount in cash.items() if amount},
        applied={document: amount for document, amount in applied.items() if amount},
        owners=ties.document_people,
        elsewhere={party: amount for party, amount in unapplied.items() if amount and party != owner},
    )


def _alone(group: Group, money: Money, figures: Paid, settings: Settings, documents: Documents) -> list[Difference]:
    ours, theirs = money.ours, money.theirs
    live = (ours,) if ours else theirs
    if not figures.amount and not figures.applied:
        return []
    void = [entry for entry in group.entries if entry.void]
    explained = (locked(group.entries) or (Cause.VOID, "")) if void else _why_alone(live, figures, settings, documents)
    amount = figures.amount or sum((a for a in figures.applied.values() if a > 0), ZERO)
    shown = replace(group, oncord=ours or group.oncord, quickbooks=theirs or group.quickbooks)
    what = "void" if void else "missing"
    return [one_sided(shown, what, figures.figures(), amount, explained, figures.party)]


def _why_alone(live: tuple[Entry, ...], figures: Paid, settings: Settings, documents: Documents) -> Explained:
    found = next((e for e in (alone(entry, settings) for entry in live) if e[0] is not Cause.UNEXPLAINED), None)
    if found is not None:
        return found
    pays = [documents[name] for name in figures.applied if name in documents]
    explained = next((e for e in pays if e[0] is not Cause.UNEXPLAINED), None)
    if explained is not None:
        return explained[0], explained[1] or "So is what it pays."
    early = [e for e in live if e.side == "oncord" and e.date is not None and e.date < settings.start_date]
    if early and not figures.applied:
        return Cause.BEFORE_START, f"It was received before {settings.start_date}, and pays nothing."
    return UNEXPLAINED


def _compared(
    group: Group,
    entries: tuple[Entry, ...],
    pair: tuple[Paid, Paid],
    ties: Ties,
    settings: Settings,
    documents: Documents,
    overpaid: Collection[str],
) -> Iterator[Difference]:
    here, there = pair
    seen = list(_seen(here, there))
    if not seen:
        return
    moved = dict(steps(here, _changes(here, there)))
    followers = _only_follow([name for name, *_ in seen], moved, documents)
    for name, mine, other, amount in seen:
        if name in followers:
            continue
        explained = _why(name, group, (mine, other), settings, documents)
        if explained is UNEXPLAINED:
            explained = (
                more_than_it_comes_to(name, pair, overpaid)
                or stays_with_what_it_pays(name, pair, documents)
                or by_rule(name, pair, group, entries[1:], ties, documents)
            )
        yield Difference(
            what=name.partition(" ")[0],
            currency=there.currency,
            oncord=mine,
            quickbooks=other,
            amount=amount,
            cause=explained[0],
            why=explained[1],
            moves=moved[name],
            **told(group, here.party),
        )


def _seen(here: Paid, there: Paid) -> Iterator[tuple[str, str, str, Decimal]]:
    if here.currency != there.currency:
        yield "currency", here.currency, there.currency, ZERO
    if here.amount != there.amount:
        yield "amount", written(here.amount), written(there.amount), there.amount - here.amount
    elif here.cash != there.cash:
        yield "account", " ".join(sorted(here.cash)), " ".join(sorted(there.cash)), _elsewhere(here, there)
    for document in sorted({*here.applied, *there.applied}):
        mine, other = here.applied.get(document, ZERO), there.applied.get(document, ZERO)
        if mine != other:
            yield f"applied {document}", written(mine), written(other), other - mine
    if (here.party != there.party and unapplied(there)) or here.elsewhere != there.elsewhere:
        yield "contact", _whose(here), _whose(there), ZERO


def _elsewhere(here: Paid, there: Paid) -> Decimal:
    """How much of the same money QuickBooks has in other accounts; below zero where it was paid back."""
    more = (there.cash.get(account, ZERO) - here.cash.get(account, ZERO) for account in there.cash)
    sign = -1 if there.amount < 0 else 1
    return sign * sum((max(sign * each, ZERO) for each in more), ZERO)


def _whose(money: Paid) -> str:
    return ", ".join((money.party, *sorted(money.elsewhere)))


def _only_follow(names: list[str], moved: Mapping[str, Figures], documents: Documents) -> frozenset[str]:
    """What is applied to documents that have lost each other, and comes to nothing: the documents themselves are named."""
    lost = [name for name in names if name.startswith("applied ") and name.partition(" ")[2] in documents]
    return frozenset() if total(moved[name] for name in lost) else frozenset(lost)


def _changes(here: Paid, there: Paid) -> Iterator[Change]:
    yield "currency", lambda p: replace(p, currency=there.currency)
    name = "amount" if here.amount != there.amount else "account"
    yield name, lambda p: replace(p, cash=there.cash)
    for document in sorted({*here.applied, *there.applied}):
        yield f"applied {document}", _applied_to(document, there)
    yield "contact", lambda p: replace(p, party=there.party, elsewhere=there.elsewhere)


def _applied_to(document: str, there: Paid) -> Callable[[Paid], Paid]:
    return lambda p: replace(p, applied={**p.applied, document: there.applied.get(document, ZERO)})


def _why(name: str, group: Group, pair: tuple[str, str], settings: Settings, documents: Documents) -> Explained:
    entries = group.entries
    what, _, document = name.partition(" ")
    if what == "currency":
        return Cause.CURRENCY, ""
    if what == "amount" and said_to_be_one(group) and a_fee_apart(entries):
        return Cause.FEE, "Somebody said that the two are one, and they are less than a twentieth apart."
    found = standing(entries) or documents.get(document)
    if found is None:
        found = locked(entries, LEFT_AS_IT_IS, *(pair if what == "amount" else ()))
    if found is None:
        found = left_so(entries, *(pair if what != "applied" else ("pay the same",)))
    if found is None and what in ("account", "contact") and said_to_be_one(group):
        found = Cause.PERSON, "Somebody said that the two are one."
    if found is None and what == "account":
        found = _why_there(group, settings)
    if found is None and any(entry.void for entry in entries):
        found = Cause.VOID, ""
    return found or UNEXPLAINED


def _why_there(group: Group, settings: Settings) -> Explained | None:
    """Why money may rightly lie elsewhere than its method says: nobody maps the method now, or it was mapped otherwise."""
    ours = group.oncord
    if ours is None:
        return None
    if not settings.channel_is_mapped(ours):
        return Cause.NOT_MAPPED, "Its payment method is not mapped; what was in the books already stays where it is."
    before = all(
        settings.accounts_before & {(ours.channel, e.channel), ("", e.channel)} for e in group.quickbooks if e.total
    )
    if before:
        return Cause.PERSON, "The payment method has been mapped to another account since; what was there stays."
    apart = [e for e in group.quickbooks if e.total and settings.channel(e) != settings.channel(ours)]
    if any(e.deposited for e in apart):
        return (
            Cause.PERSON,
            "The payment method was changed when the money was in a bank deposit already, where it stays.",
        )
    if group.adopted and not any(e.put_there for e in apart):
        return Cause.ACCOUNT_MOVED, "It lay in that account when the two met."
    return None if any(e.untouched or e.put_there for e in apart) else (Cause.ACCOUNT_MOVED, "")
