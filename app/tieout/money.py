"""Money: what a receipt and its payments have to say alike, and what they differ in.

Compared are the cash, the account that it lies in, and what is applied to each document. One receipt may be several
payments (over several customers, or a refund with what joins it to its credit); they count together. Dates and
references are not compared: the day on which a bank tells of money is another one.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
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
from app.tieout.differences import Difference, one_sided, steps, told, written
from app.tieout.facts import ZERO, Entry, Group, Lost, Settings, Ties
from app.tieout.figures import Figures, Paid, total
from app.tieout.kept import lost_in_the_books

Documents = Mapping[str, Explained]
"""Why documents, by name, are not there, or do not count, on both sides."""
Change = tuple[str, Callable[[Paid], Paid]]
_LEFT_OVER = "What a payment leaves over stays with the customer whose document it pays."
_LOST = "One of its payments was deleted in QuickBooks, and is not made again."


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
    here = paid((ours,), ties, settings) if ours is not None else None
    there = paid(theirs, ties, settings) if theirs else None
    return Money(ours, theirs, here, there)


def judge_money(group: Group, money: Money, ties: Ties, settings: Settings, documents: Documents) -> list[Difference]:
    """All differences of one group, of which `money_of` says what counts."""
    here, there = money.here, money.there
    if here is not None and there is not None and money.ours is not None:
        return list(_compared(group, (money.ours, *money.theirs), (here, there), ties, settings, documents))
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
    return (explained[0], explained[1] or "So is what it pays.") if explained else UNEXPLAINED


def _compared(
    group: Group,
    entries: tuple[Entry, ...],
    pair: tuple[Paid, Paid],
    ties: Ties,
    settings: Settings,
    documents: Documents,
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
            explained = _by_rule(name, pair, group, entries[1:], ties, documents)
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
    if (here.party != there.party and _unapplied(there)) or here.elsewhere != there.elsewhere:
        yield "contact", _whose(here), _whose(there), ZERO


def _elsewhere(here: Paid, there: Paid) -> Decimal:
    """How much of the same money QuickBooks has in other accounts; below zero where it was paid back."""
    more = (there.cash.get(account, ZERO) - here.cash.get(account, ZERO) for account in there.cash)
    sign = -1 if there.amount < 0 else 1
    return sign * sum((max(sign * each, ZERO) for each in more), ZERO)


def _why_left_with(here: Paid, payments: tuple[Entry, ...], ties: Ties, documents: Documents) -> Explained | None:
    """Why each payment lies with its customer: that is the receipt's contact, or the payment pays a document there or was
    made to, or its receipt pays one there that does not count on both sides any more."""
    lost = {here.owners.get(name, ""): documents[name] for name in here.applied if name in documents}
    found = Cause.KEPT_BY_RULE, _LEFT_OVER
    for payment in payments:
        party = ties.party(payment.side, payment.contact_id)
        own = payment.share_of and ties.party(payment.side, payment.share_of) == party
        if party == here.party or payment.applied or own:
            continue
        if party not in lost:
            return None
        cause, why = lost[party]
        found = cause, why or _LEFT_OVER
    return found


def _whose(money: Paid) -> str:
    return ", ".join((money.party, *sorted(money.elsewhere)))


def _only_follow(names: list[str], moved: Mapping[str, Figures], documents: Documents) -> frozenset[str]:
    """What is applied to documents that have lost each other, and comes to nothing: the documents themselves are named."""
    lost = [name for name in names if name.startswith("applied ") and name.partition(" ")[2] in documents]
    return frozenset() if total(moved[name] for name in lost) else frozenset(lost)


def _unapplied(money: Paid) -> Decimal:
    return money.amount - sum(money.applied.values(), ZERO)


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


def _by_rule(
    name: str, pair: tuple[Paid, Paid], group: Group, payments: tuple[Entry, ...], ties: Ties, documents: Documents
) -> Explained:
    """Whether a rule lets a receipt and what is left of its payments differ in this."""
    left = _why_left_with(pair[0], payments, ties, documents) if name == "contact" else None
    if left is not None:
        return left
    lost = lost_in_the_books(group.entries)
    return (Cause.KEPT_BY_RULE, _LOST) if lost and _was_theirs(name, *pair, lost, ties) else UNEXPLAINED


def _was_theirs(name: str, here: Paid, there: Paid, lost: tuple[Lost, ...], ties: Ties) -> bool:
    """Whether it is the part of payments that were deleted in QuickBooks: what they paid, or what their customers have to
    pay, and of the rest what they had left over or what lay with the receipt's own contact."""
    parties = {ties.party(each.side, each.contact_id) for each in lost}
    what, _, document = name.partition(" ")
    if what == "applied":
        return document in _paid_by_them(here, lost, parties, ties)
    if what == "amount":
        missing = here.amount - there.amount
        paid_less = sum((_less_applied(here, there, each) for each in _paid_by_them(here, lost, parties, ties)), ZERO)
        is_theirs = missing in (paid_less, sum((each.total for each in lost), ZERO))
        return (
            is_theirs or _unapplied(here) == _unapplied(there) or here.party in parties or any(map(_had_a_rest, lost))
        )
    return what == "contact" and here.party in parties


def _paid_by_them(here: Paid, lost: tuple[Lost, ...], parties: set[str], ties: Ties) -> frozenset[str]:
    """The documents that deleted payments had paid, and those of the same `parties` that the receipt pays."""
    paid = {ties.document(each.side, part.document_id) for each in lost for part in each.applied}
    return frozenset({*paid, *(document for document in here.applied if here.owners.get(document) in parties)})


def _less_applied(here: Paid, there: Paid, document: str) -> Decimal:
    return here.applied.get(document, ZERO) - there.applied.get(document, ZERO)


def _had_a_rest(lost: Lost) -> bool:
    return lost.total != sum((-part.amount if part.credit else part.amount for part in lost.applied), ZERO)


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
