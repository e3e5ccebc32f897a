"""What must be true when a life has come to rest, stated from the rules and not from the code.

A record that differs, or has no counterpart, needs an excuse: an open question about it or its counterpart, a delete that a
rule lets stand, or a rule that keeps it where it is.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from app.domain.records import Kind
from tests.simulation.people import Life
from tests.support.joint import CONNECTION

Body = dict[str, Any]
ENTITIES = {"contact": ("customer",), "sale": ("invoice", "creditmemo"), "receipt": ("payment", "purchase")}
COLLECTIONS = {"contact": "contacts", "sale": "sales", "receipt": "receipts"}


@dataclass
class Verdict:
    """What was found: violations, and how many records agree, or differ with an excuse."""

    violations: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


@dataclass
class _World:
    shop: dict[str, dict[str, Body]]
    books: dict[str, dict[str, Body]]
    links: list[Body]
    excused: dict[tuple[str, str, str], str]
    restored: set[str]
    met: set[str]
    settled: set[tuple[str, str, str]]
    """Records about which a person has answered a question: what stands then is what the person said."""


async def judge(life: Life) -> Verdict:
    """Look at both sides and at our memory."""
    world, verdict = await _look(life), Verdict()
    for kind in ("contact", "sale", "receipt"):
        _alone(world, kind, verdict)
        _doubled(world, kind, verdict)
    for link in world.links:
        if link["state"] == "live":
            _pair(world, link, verdict)
    _typed(life, world, verdict)
    return verdict


async def _look(life: Life) -> _World:
    joint = life.joint
    shop = {k: {r["id"]: r for r in await joint.shop_list(c)} for k, c in COLLECTIONS.items()}
    books: dict[str, dict[str, Body]] = {}
    for kind, entities in ENTITIES.items():
        books[kind] = {str(r["Id"]): {**r, "entity": e} for e in entities for r in await joint.books_list(e)}
    books["receipt"] = {i: r for i, r in books["receipt"].items() if r["entity"] == "payment" or _back(r)}
    async with joint.runtime.database.transaction(CONNECTION) as tx:
        links = await (
            await tx.execute("SELECT * FROM link WHERE connection_id = %s ORDER BY id", (CONNECTION,))
        ).fetchall()
        asked = await (
            await tx.execute(
                "SELECT side, record_kind, record_id, kind, rule, summary FROM attention "
                "WHERE connection_id = %s AND state = 'open'",
                (CONNECTION,),
            )
        ).fetchall()
        dirty = await (
            await tx.execute(
                "SELECT side, kind, record_id, parked, reason FROM dirty WHERE connection_id = %s", (CONNECTION,)
            )
        ).fetchall()
        answered = await (
            await tx.execute(
                "SELECT side, record_kind, record_id FROM attention WHERE connection_id = %s AND state <> 'open'",
                (CONNECTION,),
            )
        ).fetchall()
    excused = {(a["side"], a["record_kind"], a["record_id"]): f"{a['rule']} {a['kind']}: {a['summary']}" for a in asked}
    excused |= {(d["side"], d["kind"], d["record_id"]): d["reason"] for d in dirty if d["parked"]}
    return _World(
        shop, books, [dict(x) for x in links], excused, life.restored, life.met, {tuple(a.values()) for a in answered}
    )


def _back(purchase: Body) -> bool:
    return str(purchase.get("EntityRef", {}).get("type")) == "Customer"


def _excuse(world: _World, link: Body) -> str:
    both = (("oncord", link["oncord_id"]), ("quickbooks", link["quickbooks_id"]))
    return next(
        (world.excused[side, link["kind"], i] for side, i in both if (side, link["kind"], i) in world.excused), ""
    )


def _settled(world: _World, link: Body) -> bool:
    return any((side, link["kind"], link[f"{side}_id"]) in world.settled for side in ("oncord", "quickbooks"))


def _void(record: Body) -> bool:
    return bool(record.get("voided")) or str(record.get("PrivateNote", "")).startswith("Voided")


def _alone(world: _World, kind: str, verdict: Verdict) -> None:
    """Every record that a rule sends across has been there."""
    for side, records in (("oncord", world.shop[kind]), ("quickbooks", world.books[kind])):
        linked = {x[f"{side}_id"] for x in world.links if x["kind"] == kind}
        for record_id, record in records.items():
            if record_id in linked or _void(record) or _stays(world, side, kind, record):
                continue
            excuse = world.excused.get((side, kind, record_id), "")
            verdict.counts["excused" if excuse else "alone"] += 1
            if not excuse:
                verdict.violations.append(f"nothing became of {side} {kind} {record_id}: {_brief(record)}")


def _stays(world: _World, side: str, kind: str, record: Body) -> bool:
    if kind == "contact":
        if side == "quickbooks":
            return not record["Active"]
        return not any(s["contact_id"] == record["id"] and _counts(s) for s in world.shop["sale"].values())
    if side == "oncord":
        if kind == "sale":
            return not _counts(record) or record["contact_id"] not in world.shop["contact"]
        paid = [world.shop["sale"].get(a["sale_id"]) for a in record["allocations"]]
        gone = any(s is None or not _counts(s) or _buried(world, "oncord", s["id"]) for s in paid)
        return gone or not any(x["kind"] == "contact" and x["oncord_id"] == record["contact_id"] for x in world.links)
    if kind == "receipt":
        named = [n["LinkedTxn"][0]["TxnId"] for n in record["Line"] if n.get("LinkedTxn")]
        nothing = not record["TotalAmt"] and not named
        return nothing or any(_buried(world, "quickbooks", i) for i in named)
    return False


def _buried(world: _World, side: str, sale_id: str) -> bool:
    """A document that is void, or whose counterpart is gone: nothing is applied to it across."""
    for link in world.links:
        if link["kind"] == "sale" and link[f"{side}_id"] == sale_id:
            if link["oncord_id"] in world.restored:
                return True
            pair = (world.shop["sale"].get(link["oncord_id"]), world.books["sale"].get(link["quickbooks_id"]))
            return link["state"] != "live" or any(r is None or _void(r) or r.get("status") == "cancelled" for r in pair)
    return False


def _counts(sale: Body) -> bool:
    return sale["status"] == "confirmed" and not sale["voided"]


def _doubled(world: _World, kind: str, verdict: Verdict) -> None:
    """Nothing of ours is there twice: what carries our mark is linked, and a record has one counterpart a part."""
    mine: dict[tuple[str, str], list[str]] = defaultdict(list)
    for link in world.links:
        if link["kind"] == kind and kind != "contact" and link["quickbooks_id"] in world.books[kind]:
            mine[link["oncord_id"], link["part"]].append(link["quickbooks_id"])
    verdict.violations += [f"{kind} {k} has several counterparts: {v}" for k, v in mine.items() if len(set(v)) > 1]
    live = [x for x in world.links if x["kind"] == kind and x["state"] == "live"]
    theirs = Counter(x["quickbooks_id"] for x in live if x["oncord_id"] in world.shop[kind])
    verdict.violations += [f"quickbooks {kind} {i} has {n} in Oncord" for i, n in theirs.items() if n > 1]
    known = {x["quickbooks_id"] for x in world.links if x["kind"] == kind}
    for record_id, record in world.books[kind].items():
        if "oncord:" in str(record.get("PrivateNote", "")).lower() and record_id not in known:
            verdict.violations.append(f"we made {record['entity']} {record_id} and do not know it: {_brief(record)}")
    made = {x["oncord_id"] for x in world.links if x["kind"] == kind}
    for record_id, record in world.shop[kind].items():
        if kind != "contact" and record.get("external_ref") and record_id not in made:
            verdict.violations.append(f"we made {kind} {record_id} in Oncord and do not know it")


def _pair(world: _World, link: Body, verdict: Verdict) -> None:
    kind = link["kind"]
    if kind not in COLLECTIONS:
        return
    ours, theirs = world.shop[kind].get(link["oncord_id"]), world.books[kind].get(link["quickbooks_id"])
    if ours is None or theirs is None:
        excuse = _excuse(world, link)
        verdict.counts["excused" if excuse else "broken"] += 1
        if not excuse and not _merged(world, link):
            where = "oncord" if ours is None else "quickbooks"
            verdict.violations.append(
                f"{kind} {link['oncord_id']} = {link['quickbooks_id']} lives on, but is gone in {where}"
            )
        return
    if link["part"] or _void(ours) or _void(theirs):
        return
    if kind == "contact" and not theirs["Active"]:  # C6: it is brought up to date when a sale needs it again
        return
    differences = list(_differences(world, kind, ours, theirs))
    met = link["origin"] == "both" or link["quickbooks_id"] in world.met
    if kind == "contact" and met:  # two names that can be one person's stay as they are
        differences = [d for d in differences if d[0] != "last_name"]
    if kind == "receipt" and link["origin"] == "both":  # money arrives on another day, under another reference
        differences = [d for d in differences if d[0] != "reference"]
    if any(x["oncord_id"] == link["oncord_id"] and x["part"] == "credit" and x["gone"] for x in world.links):
        differences = [d for d in differences if d[0] != "applied"]  # R4: what the books took off a refund stays off
    excuse = _excuse(world, link)
    if not differences:
        verdict.counts["agreed"] += 1
    elif excuse:
        verdict.counts["excused"] += 1
    else:
        told = "; ".join(f"{name}: {a!r} / {b!r}" for name, a, b in differences)
        verdict.violations.append(f"{kind} {link['oncord_id']} and {link['quickbooks_id']} differ: {told}")


def _merged(world: _World, link: Body) -> bool:
    return link["kind"] == Kind.CONTACT


def _number(value: Any) -> Decimal:
    return Decimal(str(value or 0)).quantize(Decimal("0.01"))


def _differences(world: _World, kind: str, ours: Body, theirs: Body) -> Any:
    if kind == "contact":
        for name, member in (("phone", "PrimaryPhone"), ("mobile", "Mobile")):
            yield from _unlike(name, ours.get(name) or "", (theirs.get(member) or {}).get("FreeFormNumber", ""))
        yield from _unlike("last_name", ours.get("last_name") or "", theirs.get("FamilyName", ""))
        yield from _unlike("email", ours.get("email") or "", (theirs.get("PrimaryEmailAddr") or {}).get("Address", ""))
    elif kind == "sale":
        yield from _unlike("total", abs(_number(ours["total"])), _number(theirs["TotalAmt"]))
        tax = (theirs.get("TxnTaxDetail") or {}).get("TotalTax")
        yield from _unlike("tax", abs(_number(ours["tax_total"])), _number(tax))
        if theirs["entity"] == "invoice":
            yield from _unlike("due_date", ours.get("due_date"), theirs.get("DueDate"))
        yield from _unlike("notes", ours.get("notes") or "", (theirs.get("CustomerMemo") or {}).get("value", ""))
        yield from _unlike("date", ours.get("date"), theirs.get("TxnDate"))
    else:
        sign = -1 if theirs["entity"] == "purchase" else 1
        parts = [x for x in world.links if x["kind"] == kind and x["state"] == "live" and x["oncord_id"] == ours["id"]]
        amounts = [world.books[kind][x["quickbooks_id"]] for x in parts if x["quickbooks_id"] in world.books[kind]]
        cash = sum((_number(p["TotalAmt"]) * (-1 if p["entity"] == "purchase" else 1) for p in amounts), Decimal(0))
        yield from _unlike("amount", _number(ours["amount"]), cash)
        reference = theirs.get("PaymentRefNum", "") if sign > 0 else theirs.get("DocNumber", "")
        yield from _unlike("reference", ours.get("reference") or "", reference)
        yield from _unlike("applied", _applied_here(world, ours), _applied_there(world, amounts))


def _applied_here(world: _World, ours: Body) -> dict[str, Decimal]:
    found: dict[str, Decimal] = defaultdict(Decimal)
    across = {x["oncord_id"]: x["quickbooks_id"] for x in world.links if x["kind"] == "sale" and x["state"] == "live"}
    for part in ours["allocations"]:
        if part["sale_id"] in across and not _buried(world, "oncord", part["sale_id"]):
            found[across[part["sale_id"]]] += abs(_number(part["amount"]))
    return {sale: amount for sale, amount in found.items() if amount}


def _applied_there(world: _World, payments: list[Body]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = defaultdict(Decimal)
    for payment in payments:
        for line in payment["Line"]:
            for link in line.get("LinkedTxn", []):
                known = link["TxnType"] in ("Invoice", "CreditMemo")
                if known and not _buried(world, "quickbooks", link["TxnId"]):
                    found[link["TxnId"]] += _number(line["Amount"])
    return dict(found)


def _unlike(name: str, ours: Any, theirs: Any) -> Any:
    if ours != theirs:
        yield name, ours, theirs


SHOP_MEMBER = {"phone": "phone", "mobile": "mobile", "due_date": "due_date", "notes": "notes", "reference": "reference"}


def _typed(life: Life, world: _World, verdict: Verdict) -> None:
    """No lost update (I4): what stands in the end is what was typed last, or one of two that were typed at once."""
    by_link: dict[tuple[int, str], list[Any]] = defaultdict(list)
    place: dict[tuple[str, str, str], Body] = {}
    for link in world.links:
        if link["state"] == "live" and not link["part"]:
            place["oncord", link["kind"], link["oncord_id"]] = link
            place["quickbooks", link["kind"], link["quickbooks_id"]] = link
    for one in life.typed:
        found = place.get((one.side, one.kind, one.id))
        if found is not None:
            by_link[found["id"], one.member].append(one)
    links = {x["id"]: x for x in world.links}
    for (link_id, member), history in by_link.items():
        link = links[link_id]
        ours = world.shop[link["kind"]].get(link["oncord_id"])
        theirs = world.books[link["kind"]].get(link["quickbooks_id"])
        frozen = [r is None or _void(r) or r.get("Active") is False for r in (ours, theirs)]
        adopted = link["kind"] == "receipt" and link["origin"] == "both"
        if ours is None or any(frozen) or adopted or _excuse(world, link) or _settled(world, link):
            continue
        last = history[-1]
        allowed = {last.value} | {
            h.value for h in history if h.side != last.side and h.tick >= life.settled_before(last.tick)
        }
        if (ours.get(SHOP_MEMBER[member]) or "") not in allowed:
            told = ", ".join(f"{h.tick} {h.side} {h.value}" for h in history)
            verdict.violations.append(
                f"{link['kind']} {link['oncord_id']} lost its {member}: {ours.get(member)!r} after {told}"
            )


def _brief(record: Body) -> Body:
    wanted = (
        "first_name",
        "last_name",
        "total",
        "amount",
        "status",
        "contact_id",
        "allocations",
        "DisplayName",
        "TotalAmt",
    )
    return {k: record[k] for k in wanted if k in record}
