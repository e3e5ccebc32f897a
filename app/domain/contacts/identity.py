"""Which customer a contact is, or which contact a customer: among those of its currency that are free to be it."""

from app.domain.contacts.ownership import stands_for_parent
from app.domain.contacts.proofs import hardly_proven, proven_by_documents
from app.domain.matching.evidence import Match
from app.domain.matching.people import lessened, only_of_one_surname, plainly_one
from app.domain.model.operations import Operation
from app.domain.model.records import (
    Contact,
    Kind,
    Side,
    Snapshot,
)
from app.domain.planning.id_map import IdMap
from app.domain.planning.plan_input import PlanInput
from app.domain.planning.questions import identified


def currency_of_customer(plan_input: PlanInput, customer: Contact) -> str:
    return plan_input.configuration.books_currency(customer.currency)


def currencies_in_sight(plan_input: PlanInput) -> list[str]:
    """The currencies of the customers in sight, the home currency first."""
    home = plan_input.configuration.books_currency("")
    candidates = plan_input.candidates.get((Side.QUICKBOOKS, Kind.CONTACT), ())
    currencies = {currency_of_customer(plan_input, c.record) for c in candidates if isinstance(c.record, Contact)}
    return [home, *sorted(currencies - {home})]


def _free(plan_input: PlanInput, id_map: IdMap, side: Side, contact: Contact, currency: str) -> list[Match]:
    """What a contact or customer could be on `side`: customers of this currency, or contacts without one of it."""
    matches = plan_input.people(side).matching(contact, plan_input.commons)
    alive = list(filter(None, (_unburied(plan_input, match) for match in matches)))
    if side is Side.ONCORD:
        return [m for m in alive if id_map.customer(m.snapshot.id, currency) is None]
    unlinked = [m for m in alive if id_map.find(side, Kind.CONTACT, m.snapshot.id) is None]
    unlinked = [m for m in unlinked if not _stands_aside(plan_input, m.snapshot)]
    return [m for m in unlinked if _currency_of(plan_input, m.snapshot) == currency]


def _unburied(plan_input: PlanInput, match: Match) -> Match | None:
    """A match as it counts where its counterpart was deleted: one with the same address may go on with the one that was
    made again, but only a person can say so."""
    if not plan_input.links.tombstoned((match.snapshot.side, Kind.CONTACT, match.snapshot.id)):
        return match
    return lessened(match, "its counterpart was deleted") if match.evidence.contends else None


def _stands_aside(plan_input: PlanInput, customer: Snapshot) -> bool:
    return isinstance(customer.record, Contact) and stands_for_parent(plan_input, customer.record)


def _currency_of(plan_input: PlanInput, customer: Snapshot) -> str:
    return currency_of_customer(plan_input, customer.record) if isinstance(customer.record, Contact) else ""


def who_is(plan_input: PlanInput, id_map: IdMap, own: Snapshot, currency: str) -> Snapshot | Operation | None:
    def near(snapshot: Snapshot) -> list[Match]:
        assert isinstance(snapshot.record, Contact)
        return _free(plan_input, id_map, snapshot.side.other, snapshot.record, currency)

    def rivals(candidate: Snapshot) -> list[Match]:
        """Whom else `candidate` could be; a further card of the same guest is no rival, and is billed to the same customer."""
        matches = near(candidate)
        return [m for m in matches if m.snapshot.id == own.id or not _same_guest(plan_input, own, m.snapshot)]

    home = plan_input.configuration.books_currency("")
    scope = "" if currency == home else currency
    match_or_question = identified(plan_input, id_map, own, _guests(plan_input, near(own)), rivals, scope)
    if isinstance(match_or_question, Snapshot):
        return match_or_question
    proven = proven_by_documents(plan_input, id_map, own)  # certain documents come before probable people
    if proven is None or not _customers_have(currency, plan_input, (own, proven)):
        return match_or_question
    if only_of_one_surname(own.record, proven.record):
        return match_or_question or identified(plan_input, id_map, own, [hardly_proven(proven)], lambda _: [], scope)
    return proven


def _customers_have(currency: str, plan_input: PlanInput, pair: tuple[Snapshot, Snapshot]) -> bool:
    """Whether the customer, or each of the customers, in a pair has this currency."""
    customers = [snapshot for snapshot in pair if snapshot.side is Side.QUICKBOOKS]
    return all(isinstance(c.record, Contact) and _currency_of(plan_input, c) == currency for c in customers)


def _guests(plan_input: PlanInput, matches: list[Match]) -> list[Match]:
    """The matches with one card of each guest: of several the first stands for all."""
    kept: list[Match] = []
    for match in matches:
        if not any(m.certain and _same_guest(plan_input, m.snapshot, match.snapshot) for m in kept):
            kept.append(match)
    return kept


def _same_guest(plan_input: PlanInput, one: Snapshot, other: Snapshot) -> bool:
    """Whether two contacts of the shop are one person; two customers of the books are one only where somebody says so."""
    both_there = one.side is other.side is Side.ONCORD
    return both_there and plainly_one(one.record, other.record, plan_input.commons)


def leader_of(plan_input: PlanInput, id_map: IdMap, customer: Snapshot) -> Snapshot:
    """Of the customers in several currencies that are one contact, the one that the contact is made from."""
    assert isinstance(customer.record, Contact)
    own = currency_of_customer(plan_input, customer.record)
    kin = [
        k
        for k in _certain(plan_input, customer.record, Side.QUICKBOOKS)
        if isinstance(k.record, Contact)
        and currency_of_customer(plan_input, k.record) != own
        and k.record.active
        and not plan_input.links.tombstoned((Side.QUICKBOOKS, Kind.CONTACT, k.id))
        and not stands_for_parent(plan_input, k.record)
        and not isinstance(id_map.find(Side.QUICKBOOKS, Kind.CONTACT, k.id), str)
    ]
    home = plan_input.configuration.books_currency("")

    def rank(one: Snapshot) -> tuple[bool, bool, str, str]:
        assert isinstance(one.record, Contact)
        currency = currency_of_customer(plan_input, one.record)
        is_being_made = id_map.creates((Side.QUICKBOOKS, Kind.CONTACT, one.id))
        return (not is_being_made, currency != home, currency, one.id)

    return min([customer, *kin], key=rank)


def _certain(plan_input: PlanInput, contact: Contact, side: Side) -> list[Snapshot]:
    matches = plan_input.people(side).matching(contact, plan_input.commons)
    return [m.snapshot for m in matches if m.certain]
