"""Nothing that people deleted is made anew by itself (R4, S6), and nothing that is there on both sides is doubled (I2)."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from tests.simulation.looking import Body, World, stands_beside

ENTITY = {"sale": ("invoice", "creditmemo"), "receipt": ("payment", "purchase")}


def judge(world: World) -> list[str]:
    """What came back or was doubled."""
    return [*_back(world), *_twice(world)]


def _back(world: World) -> Iterator[str]:
    """A document of the books that a person deleted or voided there, and another that we made for the same record."""
    told: set[str] = set()
    for kind, entities in ENTITY.items():
        by_record: dict[str, list[Body]] = {}
        for link in world.links:
            if link["kind"] == kind:
                by_record.setdefault(link["oncord_id"], []).append(link)
        removed = [(e, i, o) for e, i, k, o in world.life.lost if k == kind]
        removed += [
            (e, x["quickbooks_id"], x["oncord_id"])
            for x in world.links
            for e in entities
            if x["kind"] == kind and x["state"] != "live" and f"{e}:{x['quickbooks_id']}" in world.gone
            if not _ours(world, e, x["quickbooks_id"])
        ]
        for entity, lost_id, record_id in removed:
            if (kind, record_id) in world.life.revived or record_id not in world.shop[kind]:
                continue
            before = world.books[kind].get(lost_id, {})
            for link in by_record.get(record_id, []):
                made = world.books[kind].get(link["quickbooks_id"])
                if stands_beside(
                    link
                ):  # what takes an invoice back, or says what has changed of it, is no such invoice
                    continue
                later = link["state"] == "live" and link["created_at"] > _lost_at(world, lost_id)
                if made is None or not later or f"{made['entity']}:{made['Id']}" in world.life.born["quickbooks"]:
                    continue
                if entity not in ("invoice", "creditmemo") and _other_leg(world, link, lost_id, before):
                    continue
                words = f"R4/S6: {entity} {lost_id} of {kind} {record_id} was removed in the books, and we made {made['Id']}"
                if words not in told:
                    told.add(words)
                    yield words


def _lost_at(world: World, lost_id: str) -> datetime:
    """When it was removed: as its people remember it, or as its link was buried."""
    buried = [x["updated_at"] for x in world.links if x["quickbooks_id"] == lost_id]
    found: datetime = world.life.lost_at.get(lost_id) or max(buried)
    return found


def _ours(world: World, entity: str, record_id: str) -> bool:
    """Whether the service itself removed it."""
    return any(
        c.side == "quickbooks" and c.entity == entity and c.id == record_id and c.action in ("delete", "void")
        for c in world.life.outside.calls
    )


def _other_leg(world: World, link: Body, lost_id: str, before: Body) -> bool:
    """Whether the new payment is that of another customer than the lost one was."""
    if link["part"] == "credit":
        return True
    made = world.books["receipt"][link["quickbooks_id"]]
    whose = world.life.legs.get(lost_id)
    now = str((made.get("CustomerRef") or made.get("EntityRef") or {}).get("value"))
    return whose is not None and world.owner("quickbooks", whose) != world.owner("quickbooks", now)


def _twice(world: World) -> Iterator[str]:
    """The same sale, entered by people on both sides, is one pair or a question; never a third and a fourth document."""
    for twin in world.life.twins:
        sale, invoice = world.shop["sale"].get(twin.sale), world.books["sale"].get(twin.invoice)
        if sale is None or invoice is None or ("sale", twin.sale) in world.life.edited:
            continue
        mine = [x for x in world.live("sale") if x["oncord_id"] == twin.sale]
        theirs = [x for x in world.live("sale") if x["quickbooks_id"] == twin.invoice]
        doubled = bool(mine and theirs and mine[0]["id"] != theirs[0]["id"])
        if doubled and _nearly(world, sale, invoice) and not _answered(world, sale, invoice):
            yield (
                f"B12: sale {twin.sale} ({twin.how}) is in the books as {mine[0]['quickbooks_id']}"
                f" beside {twin.invoice}, which is in the shop as {theirs[0]['oncord_id']}"
            )


def _nearly(world: World, sale: Body, invoice: Body) -> bool:
    """One number is nearly the same document with the same contact or the same total; a merge may have parted the contacts."""
    if Decimal(str(sale["total"])) == Decimal(str(invoice["TotalAmt"])):
        return True
    return world.owner("oncord", sale["contact_id"]) == world.owner("quickbooks", _customer(invoice))


def _answered(world: World, sale: Body, invoice: Body) -> bool:
    """Whether a person was asked about the two, or about whose they are."""
    about = {
        ("oncord", "sale", sale["id"]),
        ("quickbooks", "sale", str(invoice["Id"])),
        ("oncord", "contact", sale["contact_id"]),
        ("quickbooks", "contact", _customer(invoice)),
    }
    return any(
        q.by_person and q.matter == "ambiguous_match" and (q.side, q.kind, q.record_id) in about
        for q in world.questions
    )


def _customer(invoice: Body) -> str:
    return str(invoice["CustomerRef"]["value"])
