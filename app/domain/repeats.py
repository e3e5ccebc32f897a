"""A new document that repeats one which has its counterpart already: number, contact and total are the same.

It may be the very same one, entered on both sides, of which only one was known when it was carried over; then its second
counterpart would double it in silence. So a person is asked. An ordinary repeat (another number, or none) is none of this.
"""

from collections.abc import Iterator

from app.domain.decisions import skip
from app.domain.directory import Directory
from app.domain.document_numbers import numbers_agree
from app.domain.evidence import Evidence, Grade, Match
from app.domain.identity import choice, question_about
from app.domain.operations import Operation
from app.domain.provide_contacts import belongs
from app.domain.records import Kind, Reference, Sale, Side, Snapshot
from app.domain.situation import Situation, Touched

_SIDES = {Side.ONCORD: "Oncord", Side.QUICKBOOKS: "QuickBooks"}


def repeated(
    situation: Situation, directory: Directory, touched: Touched, sale: Sale, contact: Reference | None
) -> Iterator[Operation]:
    """The question about a document that would double one which has its counterpart; nothing where it is another one, or
    a person has said that it is. `contact` is its contact across, where that is known."""
    twins = [t for t in situation.namesakes if _repeats(situation, directory, touched, sale, contact, t)]
    said = next((s for s in situation.said.get(touched.key, ()) if not s.scope), None)
    if not twins or (said is not None and not said.chosen):
        return
    own = situation.snapshots[touched.key]
    rule = "S7" if sale.type == "adjustment" else "S1" if touched.side is Side.ONCORD else "S4"
    if chosen := next((t for t in twins if said is not None and t.id == said.chosen), None):
        yield skip(touched, rule, _told(touched.side, choice(chosen).name))
        return
    there = _SIDES[touched.side.other]
    objection = (
        f"{there} has a document with its number, contact and total already, which is one with another document of "
        f"{_SIDES[touched.side]}."
    )
    evidence = Evidence(Grade.PROBABLE, ("the same number", "the same contact", "the same total"), ("it has its pair",))
    yield question_about(own, [Match(t, evidence) for t in twins], objection)


def _told(side: Side, name: str) -> str:
    here = _SIDES[side]
    return (
        f"A person said that it is {name}, which is synchronised already, so that it is not sent again. {here} has it "
        "twice: delete the one that is too many there."
    )


def _repeats(
    situation: Situation,
    directory: Directory,
    touched: Touched,
    sale: Sale,
    contact: Reference | None,
    twin: Snapshot,
) -> bool:
    other = twin.record
    if twin.side is not touched.side.other or not isinstance(other, Sale) or not sale.number or _void(sale):
        return False
    if sale.type != other.type or not numbers_agree(sale.number, other.number) or _void(other):
        return False
    if (sale.money.currency, sale.money.total) != (other.money.currency, other.money.total):
        return False
    link = situation.links.live((twin.side, Kind.SALE, twin.id))
    pair = situation.record(touched.side, Kind.SALE, link.id_on(touched.side)) if link is not None else None
    if link is None or not isinstance(pair, Sale) or _void(pair) or link.id_on(touched.side) == touched.id:
        return False
    if touched.side is Side.ONCORD:
        return belongs(situation, directory, other.contact_id, sale.contact_id)
    return isinstance(contact, str) and other.contact_id == contact


def _void(sale: Sale) -> bool:
    return sale.voided or sale.status == "cancelled"
