"""No lost typing (I4, law 8): what somebody typed stands in the end, was replaced by somebody who saw it, or can be had back.

To have seen a value is to have typed over it, or to have answered a question while it stood there. A value that lost to
one typed at the same moment has to be found in a question: an open one, or one that a person has answered. A pair whose
customer or contact was merged into another one goes on with that one, and so does its history: what was typed over
before the merge had been seen. So does a record whose counterpart a person deleted, and that goes on with another one, made
anew (S6, R4) or brought by a merge (C3): what was typed over in the lost one had been seen. One receipt may be several
payments: what is typed on one of them goes on to the receipt and to the others (R7).

What somebody types and takes back before a run has come by is as if nobody had typed: a change is one of content (docs/rules.md 4),
and nobody who reads the record can tell it from one that was never touched. What had stood there is judged by who had typed that.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from tests.simulation.life import BOOKS, SHOP, Typed, stands
from tests.simulation.looking import Body, World, void

Key = tuple[str, str, str]
"""Side, kind and id."""
_AMOUNTS = ("total", "amount")
"""Behind the same figure there may be other lines."""


def judge(world: World) -> list[str]:
    """What is lost."""
    return list(_lost(world))


def _lost(world: World) -> Iterator[str]:
    place: dict[Key, Body] = {}
    elsewhere = {**_deleted(world), **_survivors(world), **_further_payments(world)}
    for link in world.links:
        if link["state"] == "live" and not link["part"]:
            place[SHOP, link["kind"], link["oncord_id"]] = link
            place[BOOKS, link["kind"], link["quickbooks_id"]] = link
    by_field: dict[tuple[int, str], list[Typed]] = defaultdict(list)
    own: set[int] = set()
    for one in world.life.typed:
        side = SHOP if one.side == "clerk" else one.side
        link = place.get((side, one.kind, one.id), {})
        own |= {id(one)} if link else set()
        link = link or place.get(elsewhere.get((side, one.kind, one.id), (side, one.kind, "")), {})
        if link:
            by_field[link["id"], one.member].append(one)
    links = {x["id"]: x for x in world.links}
    for (link_id, member), typed in by_field.items():
        taken_back = set() if member in _AMOUNTS else _taken_back(world, typed)
        history = [one for one in typed if id(one) not in taken_back]
        link = links[link_id]
        ours = world.shop[link["kind"]].get(link["oncord_id"])
        theirs = world.books[link["kind"]].get(link["quickbooks_id"])
        if member == "last_name" and link["origin"] == "both":
            continue  # two that were matched keep their names as each side has them
        if ours is None or theirs is None or _frozen(world, link, ours, theirs):
            continue
        now = {_same(stands(SHOP, member, ours)), _same(stands(BOOKS, member, theirs))}
        told = ", ".join(f"{h.tick} {h.side} {h.value!r} over {h.seen}" for h in history)
        for n, one in enumerate(history):
            if one.side == "clerk" or id(one) not in own or _same(one.value) in now or _replaced(one, history[n + 1 :]):
                continue
            if _own_terms(link, one):
                continue
            if not _retrievable(world, link, one):
                what = f"{link['kind']} {link['oncord_id']} = {link['quickbooks_id']}"
                yield f"{what} lost its {member} {one.value!r}: {sorted(now)} after {told}"


def _taken_back(world: World, typed: list[Typed]) -> set[int]:
    """What was typed into one record between two runs, and by the end of that read again as it had before."""
    together: dict[tuple[str, str, int], list[Typed]] = defaultdict(list)
    for one in typed:
        moment = bisect_left(world.life.runs, one.at) if one.at is not None else 1
        if moment % 2 == 0:  # else it was typed while a run was under way, which may have read it
            together[one.side, one.id, moment].append(one)
    found: set[int] = set()
    for row in together.values():
        before = {_same(value) for value in row[0].seen}
        back = max((n for n, one in enumerate(row) if _same(one.value) in before), default=-1)
        found |= {id(one) for one in row[: back + 1]}
    return found


def _survivors(world: World) -> dict[Key, Key]:
    """Into which contact or customer others were merged at last."""
    company = world.life.joint.books.companies[world.life.joint.realm]
    into = {(BOOKS, c.id): str(c.facts.get("merged_into") or "") for c in company.table("Customer").rows.values()}
    into |= {(SHOP, i): str(stub.get("merged_into_id") or "") for i, stub in world.stubs["contact"].items()}
    found: dict[Key, Key] = {}
    for side, loser in into:
        last, seen = loser, set[str]()
        while into.get((side, last)) and last not in seen:
            seen.add(last)
            last = into[side, last]
        if last != loser:
            found[side, "contact", loser] = (side, "contact", last)
    return found


def _deleted(world: World) -> dict[Key, Key]:
    """Of which record people removed which counterpart: the one that it goes on with takes its place."""
    found: dict[Key, Key] = {
        (SHOP, x["kind"], x["oncord_id"]): (BOOKS, x["kind"], x["quickbooks_id"])
        for x in world.links
        if x["state"] != "live" and not x["part"] and x["oncord_id"] in world.stubs.get(x["kind"], {})
    }
    return found | {(BOOKS, kind, lost): (SHOP, kind, oncord_id) for _, lost, kind, oncord_id in world.life.lost}


def _further_payments(world: World) -> dict[Key, Key]:
    """Of a receipt over several customers its payments: the first one stands for the others."""
    receipts = [x for x in world.links if x["state"] == "live" and x["kind"] == "receipt"]
    first = {x["oncord_id"]: (BOOKS, "receipt", x["quickbooks_id"]) for x in receipts if not x["part"]}
    return {
        (BOOKS, "receipt", x["quickbooks_id"]): first[x["oncord_id"]]
        for x in receipts
        if x["part"] and x["oncord_id"] in first
    }


def _frozen(world: World, link: Body, ours: Body, theirs: Body) -> bool:
    """Void, asleep or met: amounts and names of these have other rules."""
    asleep = theirs.get("Active") is False
    adopted = link["kind"] == "receipt" and link["origin"] == "both"
    return void(ours) or void(theirs) or asleep or adopted or asked_now(world, link)


def asked_now(world: World, link: Body) -> bool:
    """Whether an open question that is no conflict holds the record as it is."""
    about = {(SHOP, link["oncord_id"]), (BOOKS, link["quickbooks_id"])}
    held = any(
        q.open and q.matter != "conflict" and q.kind == link["kind"] and (q.side, q.record_id) in about
        for q in world.questions
    )
    parked = any(
        r["parked"] and r["kind"] == link["kind"] and (r["side"], r["record_id"]) in about for r in world.waiting
    )
    return held or parked


def _own_terms(link: Body, one: Typed) -> bool:
    """Whether it is the due date of a document that was there twice, typed before the two met: each has its own terms."""
    met = link["created_at"] if link["origin"] == "both" else None
    return one.member == "due_date" and met is not None and one.at is not None and one.at < met


def _replaced(one: Typed, later: list[Typed]) -> bool:
    return any(_same(one.value) in map(_same, h.seen) for h in later)


def _retrievable(world: World, link: Body, one: Typed) -> bool:
    wanted = {one.value, _same(one.value)}
    if one.member in _AMOUNTS:
        wanted |= {f"{float(one.value):g}"}
    return any(any(w and w in q.text for w in wanted) for q in world.questions if q.open or q.by_person)


def _same(value: Any) -> str:
    from tests.simulation.verdict import plain

    return plain(value)
