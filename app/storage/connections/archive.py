"""Setting the memory of a connection aside, and taking it up again when its company returns (T5).

What is worth keeping is what cannot be read anew: links, the operations behind them, runs, open questions, sealed months, and
what was done to documents.
Mirrors, cursors, pending changes and what was found out from them are about the present and are dropped.
"""

from app.storage.database import Transaction

_KEPT = (
    "link",
    "opening_answer",
    "operation",
    "run",
    "attention",
    "sealed_month",
    "sealed_document",
    "document_change",
    "erased_person",
)
_DROPPED = (
    "mirror",
    "search_key",
    "cursor",
    "pending_change",
    "schedule",
    "source_check",
    "settlement_due",
    "settled_otherwise",
    "mark_due",
    "company_facts",
)


async def move(tx: Transaction, source_id: str, target_id: str) -> None:
    """Move what is worth keeping between a connection and what was set aside of the same site, whichever the transaction
    is about."""
    await tx.execute("SELECT move_to_connection(%s, %s, %s)", (list(_KEPT), source_id, target_id))


async def drop_present(tx: Transaction, connection_id: str) -> None:
    """Forget what would be read anew anyway."""
    for table in _DROPPED:
        await tx.execute(f"DELETE FROM {table} WHERE connection_id = %s", (connection_id,))
