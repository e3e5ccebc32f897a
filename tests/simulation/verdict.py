"""What must be true when a life has come to rest, stated from the rules and the money and not from the code.

A record that differs, or has no counterpart, needs an excuse: an open question about it or its counterpart, a delete that a
rule lets stand, or a rule that keeps it where it is. `settled`, `kept` and `again` judge money, typing and what is gone.
"""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tests.simulation import again, as_chosen, cancelled, early, held, kept, lost, settled, tied_out, waiting, wholes
from tests.simulation.life import Life
from tests.simulation.looking import Body, World, brief, look, lost_legs, opening_day, void

COLLECTIONS = ("contact", "sale", "receipt")
Differences = Iterator[tuple[str, Any, Any]]


@dataclass
class Verdict:
    """What was found: violations, and how many records agree, or differ with an excuse."""

    violations: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


async def judge(life: Life) -> Verdict:
    """Look at both sides and at our memory."""
    world, verdict = await look(life), Verdict()
    for kind in COLLECTIONS:
        _alone(world, kind, verdict)
        look_for_doubles(world, kind, verdict)
    for link in world.links:
        if link["state"] == "live":
            _pair(world, link, verdict)
    verdict.violations += [*_led_by_nobody(world), *settled.judge(world)]
    verdict.violations += kept.judge(world)
    verdict.violations += again.judge(world)
    verdict.violations += cancelled.judge(world)
    verdict.violations += held.judge(world)
    verdict.violations += [*early.judge(world), *lost.judge(world)]
    verdict.violations += waiting.judge(world)
    verdict.violations += as_chosen.judge(world)
    verdict.counts += life.counts
    if life.guard is not None:
        verdict.violations += [*dict.fromkeys(life.guard.faults), *await life.guard.made_without_leave()]
        verdict.counts += life.guard.counts
    verdict.violations += await tied_out.judge(life)
    return verdict


def _alone(world: World, kind: str, verdict: Verdict) -> None:
    """Every record that a rule sends across has been there."""
    for side, records in (("oncord", world.shop[kind]), ("quickbooks", world.books[kind])):
        linked = {x[f"{side}_id"] for x in world.links if x["kind"] == kind}
        for record_id, record in records.items():
            if record_id in linked or void(record) or _stays(world, side, kind, record):
                continue
            excuse = world.excused.get((side, kind, record_id), "")
            verdict.counts["excused" if excuse else "alone"] += 1
            if not excuse:
                verdict.violations.append(f"nothing became of {side} {kind} {record_id}: {brief(record)}")


def _stays(world: World, side: str, kind: str, record: Body) -> bool:
    if kind == "contact":
        if side == "quickbooks":
            return not record["Active"]
        return not any(
            s["contact_id"] == record["id"]
            and counts(s)
            and ("oncord", "sale", s["id"]) not in world.excused
            and not buried(world, "oncord", s["id"])
            and not _kept_apart(world, s)
            for s in world.shop["sale"].values()
        )
    if side == "oncord":
        if kind == "sale":
            return not counts(record) or record["contact_id"] not in world.shop["contact"] or early.stays(world, record)
        if record["currency"] not in world.methods.get(record["payment_method_id"], set()):
            return True
        paid = [world.shop["sale"].get(a["sale_id"]) for a in record["allocations"]]
        gone = any(s is None or not counts(s) or buried(world, "oncord", s["id"]) for s in paid)
        asked = any(s is not None and ("oncord", "sale", s["id"]) in world.excused for s in paid)
        known = any(x["kind"] == "contact" and x["oncord_id"] == record["contact_id"] for x in world.links)
        before = any(s is not None and early.stays(world, s) for s in paid)
        never = any(early.is_received_before(world, record, a["sale_id"]) for a in record["allocations"])
        never = never or early.is_credit_from_before(world, record)
        return gone or asked or before or never or not known
    if kind == "receipt":
        named = [n["LinkedTxn"][0]["TxnId"] for n in record["Line"] if n.get("LinkedTxn")]
        nothing = (not record["TotalAmt"] and not named) or cancelled.uses(world, record)
        nothing = nothing or wholes.joins(world, record) or wholes.used_elsewhere(world, record)
        unmapped = bool(record["TotalAmt"]) and not settled.account_known(world, record)
        asked = any(("quickbooks", "sale", i) in world.excused for i in named)
        return nothing or unmapped or asked or any(buried(world, "quickbooks", i) for i in named)
    return False


def _kept_apart(world: World, sale: Body) -> bool:
    """Whether somebody called a sale one with an invoice for somebody else, so that its contact needs no customer (C1)."""
    links = [x for x in world.links if x["kind"] == "sale" and x["oncord_id"] == sale["id"] and x["state"] == "live"]
    invoices = [world.books["sale"].get(x["quickbooks_id"]) for x in links]
    return any(invoice is not None and world.kept_apart(sale, invoice) for invoice in invoices)


def buried(world: World, side: str, sale_id: str) -> bool:
    """A document that is void, or whose counterpart is gone: nothing is applied to it across."""
    mine = [x for x in world.links if x["kind"] == "sale" and x[f"{side}_id"] == sale_id]
    link = next((x for x in mine if x["state"] == "live"), mine[0] if mine else None)
    if link is None:
        return False
    if link["oncord_id"] in world.life.restored:
        return True
    pair = (world.shop["sale"].get(link["oncord_id"]), world.books["sale"].get(link["quickbooks_id"]))
    return link["state"] != "live" or any(r is None or void(r) or r.get("status") == "cancelled" for r in pair)


def counts(sale: Body) -> bool:
    """Whether a sale of the shop is one that becomes an invoice."""
    return sale["status"] == "confirmed" and not sale["voided"]


def look_for_doubles(world: World, kind: str, verdict: Verdict) -> None:
    """Nothing of ours is there twice: what carries our mark is linked, and a record has one counterpart a part."""
    mine: dict[tuple[str, str], list[str]] = defaultdict(list)
    for link in world.links:
        there = world.books[kind].get(link["quickbooks_id"])
        if link["kind"] == kind and kind != "contact" and there is not None and not void(there):
            mine[link["oncord_id"], link["part"]].append(link["quickbooks_id"])
    verdict.violations += [f"{kind} {k} has several counterparts: {v}" for k, v in mine.items() if len(set(v)) > 1]
    theirs = Counter(x["quickbooks_id"] for x in world.live(kind) if x["oncord_id"] in world.shop[kind])
    verdict.violations += [f"quickbooks {kind} {i} has {n} in Oncord" for i, n in theirs.items() if n > 1]
    known = {x["quickbooks_id"] for x in world.links if x["kind"] == kind}
    for record_id, record in world.books[kind].items():
        if kind == "receipt" and _joins(world, record):
            continue
        if "oncord:" in str(record.get("PrivateNote", "")).lower() and record_id not in known:
            verdict.violations.append(f"we made {record['entity']} {record_id} and do not know it: {brief(record)}")
    made = {x["oncord_id"] for x in world.links if x["kind"] == kind}
    for record_id, record in world.shop[kind].items():
        asked = ("oncord", kind, record_id) in world.excused  # what an answer made waits like anything else
        asked = asked or any(("oncord", "sale", a["sale_id"]) in world.excused for a in record.get("allocations", ()))
        if kind != "contact" and record.get("external_ref") and record_id not in made and not asked:
            verdict.violations.append(f"we made {kind} {record_id} in Oncord and do not know it")


def _joins(world: World, payment: Body) -> bool:
    """Whether a payment joins documents of one sale, or did until somebody voided it: a void takes away amount and lines."""
    made = world.life.outside.made(payment["entity"], payment["PrivateNote"]) if void(payment) else None
    return any(rule.joins(world, made or payment) for rule in (cancelled, wholes))


def _pair(world: World, link: Body, verdict: Verdict) -> None:
    kind = link["kind"]
    if kind not in COLLECTIONS:
        return
    ours, theirs = world.shop[kind].get(link["oncord_id"]), world.books[kind].get(link["quickbooks_id"])
    excuse = world.excuse(link)
    if ours is None or theirs is None:
        verdict.counts["excused" if excuse else "broken"] += 1
        if not excuse and kind != "contact":
            where = "oncord" if ours is None else "quickbooks"
            verdict.violations.append(
                f"{kind} {link['oncord_id']} = {link['quickbooks_id']} lives on, but is gone in {where}"
            )
        return
    if kind == "contact":
        _one_person(world, link, ours, theirs, verdict)
    if (link["part"] and not opening_day(link)[1]) or void(ours) or void(theirs):
        return
    if kind == "contact" and not theirs["Active"]:  # C6: it is brought up to date when a sale needs it again
        return
    theirs = wholes.whole(world, link, theirs)
    found = list(differences(world, kind, ours, theirs))
    met = link["origin"] == "both" or link["quickbooks_id"] in world.life.met
    if kind == "contact" and met:  # two names that can be one person's stay as they are
        found = [d for d in found if d[0] != "last_name"]
    if kind == "sale" and link["origin"] == "both":  # the terms of a document that was there twice stay as they are
        found = [d for d in found if d[0] not in ("due_date", "notes", "date")]
    if kind == "sale" and world.left_so(link, ours, theirs):
        found = [d for d in found if d[0] not in ("total", "tax")]
    if kind == "sale" and world.dated_later(ours, theirs):
        found = [d for d in found if d[0] != "date"]
    if kind == "sale" and world.kept_apart(ours, theirs):
        found = [d for d in found if d[0] != "whose"]
    if kind == "receipt" and world.left_so(link, ours, theirs):
        found = [d for d in found if d[0] not in ("amount", "applied", "whose")]
    if kind == "receipt" and link["origin"] == "both":  # money arrives on another day, under another reference
        found = [d for d in found if d[0] != "reference"]
    if any(x["oncord_id"] == link["oncord_id"] and x["part"] == "credit" and x["gone"] for x in world.links):
        found = [d for d in found if d[0] != "applied"]  # R4: what the books took off a refund stays off
    if kind == "receipt" and _in_part(world, ours):
        found = [d for d in found if d[0] not in ("amount", "applied")]
    if kind == "receipt" and settled.waits(world, ours):  # what it pays is asked about, and it follows
        found = [d for d in found if d[0] not in ("whose", "applied")]
    if not found:
        verdict.counts["agreed"] += 1
    elif excuse:
        verdict.counts["excused"] += 1
    else:
        told = "; ".join(f"{name}: {a!r} / {b!r}" for name, a, b in found)
        verdict.violations.append(f"{kind} {link['oncord_id']} and {link['quickbooks_id']} differ: {told}")


def _in_part(world: World, receipt: Body) -> bool:
    """Whether some of what a receipt pays is a sale from before the start date that stays in the shop, or waits (R1)."""
    paid = [world.shop["sale"].get(a["sale_id"]) for a in receipt["allocations"]]
    across = world.across()
    return any(s is not None and early.is_early(world, s) and s["id"] not in across for s in paid) or any(
        early.is_received_before(world, receipt, a["sale_id"]) for a in receipt["allocations"]
    )


def _one_person(world: World, link: Body, ours: Body, theirs: Body, verdict: Verdict) -> None:
    """B11: two people who were never merged are not made one; nobody here ever edits a first name."""
    if (
        link["quickbooks_id"] in world.life.met
        or ours["id"] in world.life.winners
        or link["origin"] != "both"
        or link["part"]
    ):
        return
    asked = [q for q in world.questions if q.kind == "contact" and q.by_person]
    if ours.get("first_name") != theirs.get("GivenName") and not asked:
        told = f"{brief(ours)} and {brief(theirs)}"
        verdict.violations.append(f"contact {ours['id']} and customer {theirs['Id']} are two people: {told}")


def _led_by_nobody(world: World) -> Iterator[str]:
    """C2, C5: who is left of merges on both sides is one pair, which carries the details; never a customer that was merged
    away into another one of the same contact."""
    company = world.life.joint.books.companies[world.life.joint.realm]
    customers = company.table("Customer").rows.values()
    asleep = {i for i, c in world.books["contact"].items() if not c["Active"]}
    into = {c.id: str(c.facts.get("merged_into") or "") if c.id in asleep else "" for c in customers}
    owners = {x["quickbooks_id"]: x["oncord_id"] for x in world.live("contact")}
    for link in world.live("contact"):
        last, seen = link["quickbooks_id"], set[str]()
        while into.get(last) and last not in seen:
            seen.add(last)
            last = into[last]
        beside = last != link["quickbooks_id"] and owners.get(last) == link["oncord_id"]
        if beside and not link["part"] and link["oncord_id"] in world.shop["contact"] and not world.excuse(link):
            yield f"C5: contact {link['oncord_id']} is led by {link['quickbooks_id']}, which was merged into its {last}"


def number(value: Any) -> Decimal:
    """Money as it is compared."""
    return Decimal(str(value or 0)).quantize(Decimal("0.01"))


def plain(words: Any) -> str:
    """A text as a person sees it: without what cannot be seen, one blank between words."""
    seen = "".join(
        c for c in str(words or "") if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co") or c in "\t\n"
    )
    return " ".join(unicodedata.normalize("NFC", seen).split())


def differences(world: World, kind: str, ours: Body, theirs: Body) -> Differences:
    """In what two records that are one differ: the field, and what it says on either side."""
    if kind == "contact":
        for name, member in (("phone", "PrimaryPhone"), ("mobile", "Mobile")):
            yield from _unlike(name, ours.get(name) or "", (theirs.get(member) or {}).get("FreeFormNumber", ""))
        yield from _unlike("last_name", plain(ours.get("last_name")), plain(theirs.get("FamilyName")))
        yield from _unlike("email", ours.get("email") or "", (theirs.get("PrimaryEmailAddr") or {}).get("Address", ""))
        return
    whose, own = world.owner("quickbooks", _whose(theirs)), {world.owner("oncord", ours["contact_id"])}
    if whose not in (own if kind == "sale" else settled.payers(world, ours) | settled.held_there(world, theirs)):
        yield "whose", world.owner("oncord", ours["contact_id"]), whose
    if kind == "sale":
        yield from _unlike("total", abs(number(ours["total"])), number(theirs["TotalAmt"]))
        tax = (theirs.get("TxnTaxDetail") or {}).get("TotalTax")
        yield from _unlike("tax", abs(number(ours["tax_total"])), number(tax))
        if theirs["entity"] == "invoice":
            yield from _unlike("due_date", ours.get("due_date"), theirs.get("DueDate"))
        yield from _unlike(
            "notes", plain(ours.get("notes")), plain((theirs.get("CustomerMemo") or {}).get("value", ""))
        )
        yield from _unlike("date", ours.get("date"), theirs.get("TxnDate"))
    else:
        sign = -1 if theirs["entity"] == "purchase" else 1
        parts = [x for x in world.links if x["kind"] == kind and x["state"] == "live" and x["oncord_id"] == ours["id"]]
        amounts = [world.books[kind][x["quickbooks_id"]] for x in parts if x["quickbooks_id"] in world.books[kind]]
        cash = sum((number(p["TotalAmt"]) * (-1 if p["entity"] == "purchase" else 1) for p in amounts), Decimal(0))
        here, there = _applied_here(world, ours), _applied_there(world, amounts)
        if lost_legs(world, ours):
            here = {document: amount for document, amount in here.items() if document in there}
        else:
            yield from _unlike("amount", number(ours["amount"]), cash)
        reference = theirs.get("PaymentRefNum", "") if sign > 0 else theirs.get("DocNumber", "")
        yield from _unlike("reference", ours.get("reference") or "", reference)
        yield from _unlike("applied", here, there)


def _whose(theirs: Body) -> str:
    return str((theirs.get("CustomerRef") or theirs.get("EntityRef") or {}).get("value"))


def _applied_here(world: World, ours: Body) -> dict[str, Decimal]:
    found: dict[str, Decimal] = defaultdict(Decimal)
    across = world.across()
    for part in ours["allocations"]:
        never = early.is_received_before(world, ours, part["sale_id"])
        if part["sale_id"] in across and not never and not buried(world, "oncord", part["sale_id"]):
            found[across[part["sale_id"]]] += abs(number(part["amount"]))
    return {sale: amount for sale, amount in found.items() if amount}


def _applied_there(world: World, payments: list[Body]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = defaultdict(Decimal)
    place = wholes.places(world)
    for payment in payments:
        for line in payment["Line"]:
            for link in line.get("LinkedTxn", []):
                known = link["TxnType"] in ("Invoice", "CreditMemo")
                if known and not buried(world, "quickbooks", link["TxnId"]):
                    document, sign = place.get(link["TxnId"], (link["TxnId"], 1))
                    found[document] += sign * number(line["Amount"])
    return dict(found)


def _unlike(name: str, ours: Any, theirs: Any) -> Differences:
    if ours != theirs:
        yield name, ours, theirs
