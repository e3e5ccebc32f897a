"""Is what QuickBooks made of a document still the document? Asked of every answer, whatever was written to it (I14).

A changed ship-to, customer or date can move the tax of a document without a line having been touched. What came out
differently is never agreed on: `unagreed` keeps it as something that still has to travel, so that the next write carries
the sale's own figures, and a person is told where that does not help either.
"""

from dataclasses import replace

from app.domain.model.exchange import Outcome, OutcomeState
from app.domain.model.operations import Action, Operation
from app.domain.model.records import DISCOUNT_LINE, Record, Sale, Side
from app.domain.model.totals import moved
from app.domain.planning.merge import unsettled


def moved_cents(operation: Operation, outcome: Outcome) -> str:
    """What QuickBooks made of a sale must be the sale, to the cent and per tax code; says where it is not.

    Where no amounts were written, `record` says what the document held before.
    """
    made = outcome.snapshot.record if outcome.snapshot is not None else None
    intended = operation.record
    if operation.side is not Side.QUICKBOOKS or operation.action not in (Action.CREATE, Action.UPDATE):
        return ""
    if not isinstance(intended, Sale) or not isinstance(made, Sale) or made.voided or not _as_worked_out(outcome):
        return ""
    words = moved(intended.money, made.money)
    return f"QuickBooks worked the document out differently. {words}" if words else ""


def unagreed(operation: Operation, outcome: Outcome, base: Record | None) -> Record | None:
    """Oncord's base after a write: as it is, or with its money not agreed on where QuickBooks came to something else."""
    if isinstance(base, Sale) and moved_cents(operation, outcome):
        return replace(base, money=unsettled(base.money))
    return base


def to_be_spelt_out(operation: Operation, outcome: Outcome) -> bool:
    """Whether a document that came out otherwise holds a discount for the whole of it, which can be said in lines instead."""
    snapshot = outcome.snapshot
    return operation.action is Action.UPDATE and snapshot is not None and DISCOUNT_LINE in snapshot.extras


def _as_worked_out(outcome: Outcome) -> bool:
    """Whether a document is as QuickBooks itself worked it out; a person may have edited one that was found."""
    return outcome.state is OutcomeState.DONE or (outcome.snapshot is not None and outcome.snapshot.version == "0")
