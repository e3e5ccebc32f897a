"""What must be true once the engine has come to rest: looked at from outside, by content, and in our own tables.

`disagreements` holds the two sides against each other, and our memory against the sides.
"""

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from app.domain.model.records import Kind, Side
from app.domain.planning.merge import changed_groups
from app.storage.connections import connections
from app.storage.records import mirrors
from tests.crashpoints.looking import REFUND, Seen
from tests.crashpoints.world import Process
from tests.support.joint import CONNECTION


async def disagreements(process: Process, view: Seen) -> list[str]:
    """Where both sides, or our memory and a side, do not say the same; and what was left half done."""
    found = [f"doubled {name}: {what}" for name, what in _doubled(view)]
    found += _sides_differ(view)
    database = process.runtime.database
    async with database.transaction(CONNECTION) as tx:
        connection = await connections.get(tx, CONNECTION)
        left = await (
            await tx.execute(
                "SELECT side, kind, action, state FROM operation WHERE connection_id = %s AND state IN ('prepared', 'sent')",
                (CONNECTION,),
            )
        ).fetchall()
        running = await (
            await tx.execute(
                "SELECT id FROM run WHERE connection_id = %s AND state IN ('queued', 'running')", (CONNECTION,)
            )
        ).fetchall()
        mirrored = {
            (side, kind): await mirrors.load(tx, CONNECTION, side, kind, await mirrors.ids(tx, CONNECTION, side, kind))
            for side in Side
            for kind in (Kind.CONTACT, Kind.SALE, Kind.RECEIPT)
        }
    assert connection is not None
    if connection.state != "ready":
        found.append(f"the connection is {connection.state}")
    found += [f"unsettled: {tuple(row.values())}" for row in left]
    found += [f"a run was left: {row['id']}" for row in running]
    async with process.runtime.sides(connection) as sides:
        fetches = {key: await sides[key[0]].fetch(key[1], sorted(held)) for key, held in mirrored.items()}
    for (side, kind), held in mirrored.items():
        fetched = fetches[side, kind]
        there = {s.id: s for s in fetched.snapshots}
        for record_id, snapshot in held.items():
            now = there.get(record_id)
            if now is None or now.deleted or now.record is None or snapshot.record is None:
                found.append(f"the mirror holds {side} {kind} {record_id}, the side does not")
            elif moved := changed_groups(kind, snapshot.record, now.record):
                found.append(f"the mirror of {side} {kind} {record_id} is not what the side holds: {sorted(moved)}")
    return found


def _doubled(view: Seen) -> list[tuple[str, Any]]:
    keys: dict[str, Callable[[Any], Any]] = {
        "contacts": lambda r: r[2],
        "customers": lambda r: r[2] if r[1] else r,  # one that was merged away keeps its e-mail
        "sales": lambda r: r[0],
        "invoices": lambda r: r[0],
        "receipts": lambda r: (r[0], r[4]),
        "payments": lambda r: (r[1], r[4]) if r[1] else r,
        "refunds": lambda r: r,
    }
    found = []
    for name, key in keys.items():
        found += [(name, k) for k, n in Counter(key(r) for r in view[name]).items() if n > 1]
    return found


def _sides_differ(view: Seen) -> list[str]:
    """Totals, what is open, and money received: invoice against sale, payment against receipt, one by one."""
    found = []
    sales = {s[0]: s for s in view["sales"]}
    # after a merge on one side only, a document has another owner there, and so another name
    called = {p[2]: p[1] for p in view["links"] if p[0] == "sale" and p[1] != "gone"}
    for invoice in view["invoices"]:
        sale = sales.get(called.get(invoice[0], invoice[0]))
        if sale is None:
            if not any(p[2] == invoice[0] and p[4] == "tombstone" for p in view["links"]):
                found.append(f"{invoice[0]} is only in the books")
            continue
        void = sale[7] is True or sale[8] == "void"
        if not void and (Decimal(sale[2]), Decimal(sale[3])) != (invoice[2], invoice[4]):
            found.append(f"{invoice[0]}: {sale[2]} and {invoice[2]}")
        if sale[1] != invoice[1] or (sale[5] != invoice[5] and None not in (sale[5], invoice[5])):
            found.append(f"{invoice[0]}: number or due date differ")
    settled = [(p[1], [(called.get(n, n), Decimal(a)) for n, a in p[4]]) for p in view["payments"] if p[1] or p[4]]
    payments = Counter(
        (amount, tuple(sorted(lines))) for amount, lines in settled if not any(n.startswith(REFUND) for n, _ in lines)
    )
    for _, refund, amount, _ in view["refunds"]:
        joining = [lines for _, lines in settled if any(n == refund for n, _ in lines)]
        payments[amount, tuple(sorted(x for lines in joining for x in lines if x[0] != refund))] += 1
    receipts = Counter(
        (Decimal(r[0]), tuple(sorted((n, Decimal(a)) for n, a in r[4])))
        for r in view["receipts"]
        if r[3] not in ("gone", "void")
    )
    for missing in (receipts - payments).elements():
        found.append(f"receipt {missing} has no payment")
    return found
