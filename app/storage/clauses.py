"""Changes that do not need each other, carried out by one statement: each is a clause of its `WITH`.

All of them see the rows as they stood before the statement, so that none sees what another one changes, and no row may be changed by
two of them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.storage.database import Transaction


@dataclass(frozen=True, slots=True)
class Clause:
    """A change: SQL of the form `name AS (...)`, or several of those, whose names no other clause has, and its values by name.

    `answer` is the query whose rows the statement answers with; one of its clauses has it at most.
    """

    text: str
    values: Mapping[str, Any]
    answer: str = ""


async def carry_out(tx: Transaction, clauses: Iterable[Clause | None]) -> list[dict[str, Any]]:
    """Carry these out (None: nothing to change), and nothing where there are none. Answers the rows of the one that has an answer."""
    present = [clause for clause in clauses if clause is not None]
    if not present:
        return []
    answer = "".join(clause.answer for clause in present)
    values = {name: value for clause in present for name, value in clause.values.items()}
    result = await tx.execute(f"WITH {', '.join(clause.text for clause in present)} {answer or 'SELECT'}", values)
    return list(await result.fetchall()) if answer else []
