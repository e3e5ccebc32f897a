"""What may not simply be written: what touches a locked period (B1), and what touches money that a bank statement holds."""

from collections.abc import Sequence
from dataclasses import replace

from app.domain.model.operations import Operation
from app.domain.planning.cleared_writes import held_by_bank
from app.domain.planning.locked_writes import Held, held_by_lock
from app.domain.planning.plan_input import PlanInput


def held_in(plan_input: PlanInput, operations: Sequence[Operation]) -> list[Held]:
    """Those of some writes that are held back, each with all that holds it; none where nothing is locked or cleared."""
    return [held for operation in operations if (held := _held(plan_input, operation)) is not None]


def _held(plan_input: PlanInput, operation: Operation) -> Held | None:
    by_lock, by_bank = held_by_lock(plan_input, operation), held_by_bank(plan_input, operation)
    if by_lock is None or by_bank is None:
        return by_lock or by_bank
    groups = (*by_lock.groups, *(group for group in by_bank.groups if group not in by_lock.groups))
    return replace(by_lock, bank=by_bank.bank, groups=groups)
