"""What waits for a choice of the configuration, or for something that is out of use: which documents, how many, how much.

One item asks for all of them (law 13, docs/rules.md 9). When a run ends it says of each such item what it holds up; the
receipts of undecided payment methods have a question of their own (`undecided`).
"""

from collections import defaultdict
from collections.abc import Sequence

from app.domain.model.currencies import with_currency, written
from app.domain.model.operations import Label
from app.domain.model.waiting import OPENING, UNDECIDED, UNTAXED, ConfigurationChoice, WaitsFor
from app.domain.planning.labels import NOUNS, in_a_line
from app.storage.database import Transaction
from app.storage.people import shared_questions, undecided
from app.storage.people.undecided import Held
from app.storage.records import mirrors
from app.sync.context import TurnContext
from app.sync.questions import opening, untaxed
from app.sync.questions.held import LISTED, called, listed, names_of_people

NAMED = 3
"""So many records are named in the sentence; more are listed beside it."""


async def list_held_up(context: TurnContext, tx: Transaction) -> None:
    """Bring the open questions about the configuration up to date at the end of a run."""
    asked = await shared_questions.said(tx, context.connection_id, "unmapped")
    asked.pop(UNDECIDED, None)
    if not asked:
        return
    groups: dict[WaitsFor, list[Held]] = defaultdict(list)
    for group in await undecided.held(tx, context.connection_id):
        groups[group.waits_for].append(group)
    for waits_for, about in asked.items():
        if waits_for in groups:
            await _tell(context, tx, waits_for, about, groups[waits_for])


async def _tell(context: TurnContext, tx: Transaction, waits_for: WaitsFor, about: str, groups: Sequence[Held]) -> None:
    keys = await shared_questions.held_by(tx, context.connection_id, waits_for)
    first = list((await mirrors.load_several(tx, context.connection_id, keys[:LISTED])).values())
    people = await names_of_people(context, tx, first)
    names = [called(snapshot, people) for snapshot in first]
    count = sum(group.count for group in groups)
    only = first[0] if count == 1 and first else None
    said_already = only is not None and isinstance(waits_for, ConfigurationChoice)
    detail = {
        "about": about,
        "count": count,
        "waiting": [
            {
                "side": group.side.value,
                "kind": group.kind.value,
                "count": group.count,
                "amount": written(group.amount, group.currency),
                "currency": group.currency,
            }
            for group in groups
        ],
        "records": [listed(snapshot, people) for snapshot in first],
    }
    shown = about
    if waits_for == UNTAXED:
        bare = await untaxed.waiting_untaxed(context, tx)
        detail["lines"] = untaxed.as_detail(bare)
        shown = f"{about} {untaxed.in_words(bare)}".rstrip()
    if waits_for == OPENING:
        sums = await opening.waiting_openings(context, tx)
        detail["opening"] = opening.as_detail(sums, context.configuration.start_date)
        shown, said_already = opening.in_words(sums, context.configuration), False
    await shared_questions.tell(
        tx,
        context.connection_id,
        waits_for,
        shown if said_already else f"{shown} {in_words(groups, names)}",
        detail,
        (only.side, only.kind, only.id) if only else None,
        names[0] if only else None,
    )


def in_words(groups: Sequence[Held], names: Sequence[Label]) -> str:
    """How many of what wait, how much that is, and the first of them."""
    counts: dict[str, int] = defaultdict(int)
    sums: dict[str, list[str]] = defaultdict(list)
    for group in groups:
        noun = NOUNS[group.side, group.kind].lower()
        counts[noun] += group.count
        if group.currency:
            sums[noun].append(with_currency(group.amount, group.currency))
    phrases = [
        f"{count} {noun}{'' if count == 1 else 's'}" + (f" of {' and '.join(sums[noun])}" if sums[noun] else "")
        for noun, count in counts.items()
    ]
    total = sum(counts.values())
    waits = f"{' and '.join(phrases)} {'waits' if total == 1 else 'wait'} for this"
    shown = "; ".join(in_a_line(name) for name in names[:NAMED])
    if not shown:
        return f"{waits}."
    return f"{waits}: {shown}." if total <= NAMED else f"{waits}. The first are {shown}."
