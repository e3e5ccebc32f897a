"""What must be true once the engine has come to rest: looked at from outside, by content, and in our own tables.

`seen` is everything that matters in words that do not depend on ids, so that a crashed story can be compared with the
one that went well. `disagreements` holds the two sides against each other, and our memory against the sides.
"""

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from app.domain.merge import changed_groups
from app.domain.records import Kind, Receipt, Sale, Side
from app.storage import connections, links, mirrors
from app.storage.database import Transaction
from tests.crashpoints.world import Process
from tests.support.joint import CONNECTION, Joint

Seen = dict[str, Any]


async def seen(process: Process) -> Seen:
    """Both sides and our memory, by content."""
    joint = process.stage.joint
    shop, names = await _shop(joint)
    books, others = await _books(joint)
    async with process.runtime.database.transaction(CONNECTION) as tx:
        memory = await _memory(tx, {**names, **others})
    return {**shop, **books, **memory}


async def _shop(joint: Joint) -> tuple[Seen, dict[tuple[str, str, str], str]]:
    names: dict[tuple[str, str, str], str] = {}
    whole = {kind: await joint.shop_list(kind, deleted=True) for kind in ("contacts", "sales", "receipts")}
    live = {kind: [r for r in records if not r.get("deleted")] for kind, records in whole.items()}
    for product in await joint.shop_list("products"):
        names["oncord", "item", product["id"]] = product["code"]
    for record in whole["contacts"]:
        names["oncord", "contact", record["id"]] = f"{record.get('first_name', '')} {record.get('last_name', '')}"
    for record in live["sales"]:
        owner = names["oncord", "contact", record["contact_id"]]
        names["oncord", "sale", record["id"]] = f"{owner} {record['lines'][0]['description']}"
    for record in live["receipts"]:
        names["oncord", "receipt", record["id"]] = f"receipt {record['amount']}"
    contacts = [
        tuple(c.get(f) for f in ("first_name", "last_name", "email", "phone", "mobile", "fax", "website"))
        for c in live["contacts"]
    ]
    sales = [
        (
            names["oncord", "sale", s["id"]],
            *(s.get(f) for f in ("number", "total", "tax_total", "amount_paid", "due_date", "status", "voided")),
            s.get("books_status"),
            tuple((n["description"], n["quantity"]) for n in s["lines"]),
        )
        for s in live["sales"]
    ]
    receipts = [
        (
            r["amount"],
            r["reference"],
            r.get("voided"),
            r.get("books_status"),
            tuple(sorted((names["oncord", "sale", a["sale_id"]], a["amount"]) for a in r["allocations"])),
        )
        for r in live["receipts"]
    ]
    gone = {kind: len(records) - len(live[kind]) for kind, records in whole.items()}
    told: dict[str, list[Any]] = {"contacts": contacts, "sales": sales, "receipts": receipts}
    return {**{k: sorted(v, key=repr) for k, v in told.items()}, "deleted in the shop": gone}, names


def _value(record: dict[str, Any], member: str, inner: str) -> Any:
    return (record.get(member) or {}).get(inner, "")


async def _books(joint: Joint) -> tuple[Seen, dict[tuple[str, str, str], str]]:
    names: dict[tuple[str, str, str], str] = {}
    found = {e: await joint.books_list(e) for e in ("customer", "invoice", "payment", "creditmemo", "item")}
    gone = {e: await joint.in_books("GET", f"{e}?deleted=true") for e in ("invoice", "payment")}
    for record in found["item"]:
        names["quickbooks", "item", record["Id"]] = record["Name"]
    for record in found["customer"]:
        names["quickbooks", "contact", record["Id"]] = record["DisplayName"]
    for record in (*found["invoice"], *found["creditmemo"]):
        owner = names["quickbooks", "contact", record["CustomerRef"]["value"]]
        names["quickbooks", "sale", record["Id"]] = f"{owner} {_first(record)}"
    for record in found["payment"]:
        names["quickbooks", "receipt", record["Id"]] = f"payment {record['TotalAmt']}"
    customers = [
        (
            c["DisplayName"],
            c["Active"],
            _value(c, "PrimaryEmailAddr", "Address"),
            *(_value(c, m, "FreeFormNumber") for m in ("PrimaryPhone", "Mobile", "Fax")),
            _value(c, "WebAddr", "URI"),
        )
        for c in found["customer"]
    ]
    invoices = [
        (
            names["quickbooks", "sale", i["Id"]],
            i.get("DocNumber"),
            sign * Decimal(str(i["TotalAmt"])),
            sign * Decimal(str(i["Balance"])),
            sign * Decimal(str(_value(i, "TxnTaxDetail", "TotalTax") or 0)),
            i.get("DueDate"),
            tuple(
                (n.get("Description"), str(n["Amount"]), _item(n, names))
                for n in i["Line"]
                if n["DetailType"] != "SubTotalLineDetail"
            ),
        )
        for sign, entity in ((1, "invoice"), (-1, "creditmemo"))
        for i in found[entity]
    ]
    payments = [
        (
            names["quickbooks", "contact", p["CustomerRef"]["value"]],
            Decimal(str(p["TotalAmt"])),
            _value(p, "DepositToAccountRef", "value"),
            p.get("PaymentRefNum", ""),
            tuple(
                sorted(
                    (names.get(("quickbooks", "sale", n["LinkedTxn"][0]["TxnId"]), "?"), str(_charged(n)))
                    for n in p["Line"]
                )
            ),
        )
        for p in found["payment"]
    ]
    told: dict[str, list[Any]] = {"customers": customers, "invoices": invoices, "payments": payments}
    deleted = {entity: sorted(_tally(r) for r in answer["items"]) for entity, answer in gone.items()}
    counts = {"items": sorted((i["Name"], i.get("Sku", "")) for i in found["item"]), "deleted in the books": deleted}
    return {**{k: sorted(v, key=repr) for k, v in told.items()}, **counts}, names


def _item(line: dict[str, Any], names: dict[tuple[str, str, str], str]) -> str:
    reference = _value(line, "SalesItemLineDetail", "ItemRef")
    return names.get(("quickbooks", "item", reference["value"]), "?") if reference else ""


def _charged(line: dict[str, Any]) -> Decimal:
    """What a line of a payment settles: a credit that it uses is negative, as in a receipt."""
    return Decimal(str(line["Amount"])) * (-1 if line["LinkedTxn"][0]["TxnType"] == "CreditMemo" else 1)


def _first(invoice: dict[str, Any]) -> str:
    return str(next((n.get("Description") for n in invoice["Line"] if n.get("Description")), ""))


def _tally(deleted: dict[str, Any]) -> str:
    return f"{deleted.get('DocNumber', '')} {deleted.get('TotalAmt', '')}"


async def _memory(tx: Transaction, names: dict[tuple[str, str, str], str]) -> Seen:
    rows = await (await tx.execute("SELECT * FROM link WHERE connection_id = %s ORDER BY id", (CONNECTION,))).fetchall()
    pairs: list[Any] = []
    for kind in Kind:
        ids = [row["oncord_id"] for row in rows if row["kind"] == kind]
        for link in await links.of_records(tx, CONNECTION, kind, Side.ONCORD, ids):
            behind = []
            for side in Side:
                base = link.base_on(side)
                known = (await mirrors.load(tx, CONNECTION, side, kind, [link.id_on(side)])).get(link.id_on(side))
                record = known.record if known else None
                frozen = (
                    isinstance(record, Sale | Receipt) and record.voided
                )  # amounts are not compared while void (S5)
                moved = changed_groups(kind, base, record) if record and not frozen else frozenset()
                behind.append((base is not None, known is not None and known.deleted, sorted(moved)))
            pairs.append(
                (
                    kind.value,
                    names.get(("oncord", kind, link.oncord_id), "gone"),
                    names.get(("quickbooks", kind, link.quickbooks_id), "gone"),
                    link.origin.value if kind is not Kind.CONTACT else "",  # no rule asks where a contact began
                    link.state.value,
                    link.generation,
                    link.gone and link.gone.value,
                    behind,
                )
            )
    dirty = await (
        await tx.execute(
            "SELECT side, kind, parked, waits_for FROM dirty WHERE connection_id = %s ORDER BY 1, 2, 3, 4",
            (CONNECTION,),
        )
    ).fetchall()
    matters = await (
        await tx.execute(
            "SELECT kind, rule, side, summary, detail FROM attention WHERE connection_id = %s AND state = 'open' "
            "ORDER BY 1, 2, 3, 4",
            (CONNECTION,),
        )
    ).fetchall()
    return {
        "links": sorted(pairs, key=repr),
        "dirty": [tuple(row.values()) for row in dirty],
        "attention": [tuple(row.values()) for row in matters],
    }


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
    sides = process.runtime.sides(connection)
    for (side, kind), held in mirrored.items():
        fetched = await sides[side].fetch(kind, sorted(held))
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
    payments = Counter(
        (p[1], tuple(sorted((called.get(n, n), Decimal(a)) for n, a in p[4]))) for p in view["payments"] if p[1] or p[4]
    )
    receipts = Counter(
        (Decimal(r[0]), tuple(sorted((n, Decimal(a)) for n, a in r[4])))
        for r in view["receipts"]
        if r[3] not in ("gone", "void")
    )
    for missing in (receipts - payments).elements():
        found.append(f"receipt {missing} has no payment")
    return found
