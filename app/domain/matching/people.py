"""Whether a contact and a customer that no link joins are the same person or company, and how sure that is.

A personal address and a full name make it certain. An address that many use never does, and neither does a name alone;
two tax numbers forbid it. Everything in between is asked about, with what speaks for and against it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from app.domain.matching.addresses import Commons, addresses
from app.domain.matching.evidence import Evidence, Grade, Match
from app.domain.matching.name_words import Called, called
from app.domain.matching.names import CONTRARY, FULL, Relation, compared
from app.domain.matching.natural_keys import digits
from app.domain.matching.tax_numbers import WHOLE
from app.domain.model.records import (
    Address,
    Contact,
    Record,
    Snapshot,
)

_NOBODY = Evidence(Grade.NONE)
_PRIVATE = Commons()
_SURE_NAMES = FULL | {Relation.SHORT}
_NAMED_APART = CONTRARY | {Relation.PART, Relation.NEARLY, Relation.OTHER_COMPANY}


@dataclass(frozen=True, slots=True)
class Card:
    """What a contact can be recognised by."""

    called: Called
    addresses: frozenset[str]
    phones: frozenset[str]
    postcodes: frozenset[str]
    doors: frozenset[tuple[str, str]]
    """Postcode and number of the street."""
    tax: str
    blank: bool
    """Nothing but a name."""


@lru_cache(maxsize=8192)
def card(contact: Contact) -> Card:
    """A contact's card."""
    places = [contact.billing_address, contact.shipping_address]
    phones = frozenset(digits(p) for p in (contact.phone, contact.mobile)) - {""}
    tax = "".join(c for c in contact.tax_number if c.isdigit())
    mails = addresses(contact.email)
    return Card(
        called=called(contact.name),
        addresses=mails,
        phones=phones,
        postcodes=frozenset(_postcode(p) for p in places) - {""},
        doors=frozenset(door for p in places for door in _doors(p)),
        tax=tax,
        blank=not (mails or phones or tax or any(p != Address() for p in places)),
    )


def people_keys(contact: Contact) -> frozenset[str]:
    """What a contact is looked up by: each address, each form of its full name, its tax number."""
    own_card = card(contact)
    keys = {f"@{a}" for a in own_card.addresses} | {f"={n}" for n in own_card.called.keys}
    return frozenset(keys | ({f"#{own_card.tax}"} if len(own_card.tax) >= WHOLE else set()))


def evidence(one: Contact, other: Contact, commons: Commons = _PRIVATE) -> Evidence:
    """How much speaks for two contacts being the same person or company."""
    one_card, other_card = card(one), card(other)
    shared = one_card.addresses & other_card.addresses
    if not shared and not one_card.called.keys & other_card.called.keys and not _same_tax(one_card, other_card):
        return _NOBODY
    if _tax_contradicts(one_card.tax, other_card.tax):
        return _NOBODY
    names = compared(one_card.called, other_card.called)
    personal = any(not commons.common(a) for a in shared)
    grade = _grade(one_card, other_card, names, shared=bool(shared), personal=personal)
    if grade is Grade.NONE:
        return _NOBODY
    return Evidence(
        grade,
        _speaks_for(one_card, other_card, names, bool(shared)),
        _against(one_card, other_card, names, shared=bool(shared), personal=personal),
        contends=personal or grade is Grade.CERTAIN,
        blank=grade is Grade.PROBABLE and (one_card.blank or other_card.blank),
    )


@dataclass(frozen=True, slots=True)
class People:
    """Contacts of one side, found by what they can be recognised by."""

    by_key: Mapping[str, Sequence[Snapshot]]

    @classmethod
    def of(cls, snapshots: Iterable[Snapshot]) -> "People":
        """Index some contacts."""
        by_key: dict[str, list[Snapshot]] = {}
        for snapshot in snapshots:
            for key in people_keys(snapshot.record) if isinstance(snapshot.record, Contact) else ():
                by_key.setdefault(key, []).append(snapshot)
        return cls(by_key)

    def matching(self, contact: Contact, commons: Commons = _PRIVATE) -> list[Match]:
        """Those that are, or may be, the same person or company as `contact`, in the order of their ids."""
        near = {s.id: s for key in looked_up(contact, commons) for s in self.by_key.get(key, ())}
        graded = [
            (s, evidence(contact, s.record, commons)) for _, s in sorted(near.items()) if isinstance(s.record, Contact)
        ]
        return [Match(s, e) for s, e in graded if e.grade is not Grade.NONE]


def looked_up(contact: Contact, commons: Commons) -> frozenset[str]:
    """The keys that can lead to a match: an address of many only counts with a name, which is a key of its own."""
    return frozenset(k for k in people_keys(contact) if not (k[0] == "@" and commons.common(k[1:])))


def lessened(match: Match, why: str) -> Match:
    """A match that can only be probable, whatever speaks for it."""
    former = match.evidence
    return replace(match, evidence=replace(former, grade=Grade.PROBABLE, against=(*former.against, why)))


def alike_in_name_only(one: Record | None, other: Record | None) -> bool:
    """Whether two cards have the same name, and one of them says nothing else."""
    return isinstance(one, Contact) and isinstance(other, Contact) and evidence(one, other).blank


def named_apart(one: Contact, other: Contact) -> bool:
    """Whether two names are not plainly those of one, so that two that bear them would not be taken for one unasked."""
    return compared(card(one).called, card(other).called) in _NAMED_APART


def plainly_one(one: Record | None, other: Record | None, commons: Commons = _PRIVATE) -> bool:
    """Whether two cards of one side are one person who has several: the same full name and a personal address, and no
    other phone or tax number."""
    if not isinstance(one, Contact) or not isinstance(other, Contact):
        return False
    one_card, other_card = card(one), card(other)
    personal = any(not commons.common(a) for a in one_card.addresses & other_card.addresses)
    apart = _tax_contradicts(one_card.tax, other_card.tax) or (
        one_card.phones and other_card.phones and not one_card.phones & other_card.phones
    )
    return personal and compared(one_card.called, other_card.called) in FULL and not apart


def only_of_one_surname(one: Record | None, other: Record | None) -> bool:
    """Whether two share a surname and have different first names: another one of the family as likely as not."""
    if not isinstance(one, Contact) or not isinstance(other, Contact):
        return False
    return compared(card(one).called, card(other).called) is Relation.FIRST


def only_by_initials(own: Contact, between: Contact, far: Contact) -> bool:
    """Whether two of different first names are joined by nothing but a third card that fits both (J for Jane and John)."""
    if compared(card(own).called, card(between).called) is not Relation.SHORT:
        return False
    return compared(card(own).called, card(far).called) is Relation.FIRST


def contradicts_wholly(one: Contact, other: Contact) -> bool:
    """Whether names or tax numbers say that these are two, whatever else speaks for one."""
    one_card, other_card = card(one), card(other)
    named_alike = one_card.called.spoken & other_card.called.spoken
    strangers = compared(one_card.called, other_card.called) is Relation.OTHER and not named_alike
    return strangers or _tax_contradicts(one_card.tax, other_card.tax)


@dataclass(frozen=True, slots=True)
class _InCommon:
    """What two cards share besides their names and addresses."""

    phone: bool
    door: bool
    postcode: bool
    tax: bool

    @classmethod
    def of(cls, one: Card, other: Card) -> "_InCommon":
        return cls(
            phone=bool(one.phones & other.phones),
            door=bool(one.doors & other.doors),
            postcode=bool(one.postcodes & other.postcodes),
            tax=_same_tax(one, other),
        )


def _grade(one: Card, other: Card, names: Relation, *, shared: bool, personal: bool) -> Grade:
    """How sure it is that two cards are one: by an address of their own, by one of many, or by a name alone."""
    common = _InCommon.of(one, other)
    if names in CONTRARY:
        return Grade.PROBABLE if common.tax else Grade.NONE
    if personal:
        return Grade.CERTAIN if names in _SURE_NAMES else Grade.PROBABLE
    if shared:
        return _grade_of_an_address_of_many(names, common)
    if names not in FULL:
        return Grade.PROBABLE if common.tax else Grade.NONE
    return _grade_of_a_name(one, other, common)


def _grade_of_an_address_of_many(names: Relation, common: _InCommon) -> Grade:
    is_company = names in (Relation.COMPANY, Relation.EMPLOYER)
    if is_company and (common.phone or common.postcode or common.tax):
        return Grade.CERTAIN
    if names in FULL and (common.phone or common.door or common.tax):
        return Grade.CERTAIN
    return Grade.PROBABLE if names in FULL or common.tax else Grade.NONE


def _grade_of_a_name(one: Card, other: Card, common: _InCommon) -> Grade:
    """Two of one full name with no address in common."""
    an_address_is_missing = not one.addresses or not other.addresses
    if an_address_is_missing and (common.phone or common.door or common.tax):
        return Grade.CERTAIN
    blank = one.blank or other.blank
    return Grade.PROBABLE if blank or common.phone or common.postcode or common.tax else Grade.NONE


def _speaks_for(one: Card, other: Card, names: Relation, shared: bool) -> tuple[str, ...]:
    reasons = [
        ("the same e-mail address", shared),
        (names.value, names not in (CONTRARY | {Relation.UNKNOWN})),
        ("the same phone number", one.phones & other.phones),
        ("the same tax number", _same_tax(one, other)),
        ("the same postcode and street number", one.doors & other.doors),
        ("the same postcode", one.postcodes & other.postcodes and not one.doors & other.doors),
    ]
    return tuple(words for words, holds in reasons if holds)


def _against(one: Card, other: Card, names: Relation, *, shared: bool, personal: bool) -> tuple[str, ...]:
    reasons = [
        (names.value, names in (CONTRARY | {Relation.UNKNOWN})),
        ("another e-mail address", one.addresses and other.addresses and not shared),
        ("an e-mail address that many may use", shared and not personal),
        ("another phone number", one.phones and other.phones and not one.phones & other.phones),
        ("another postcode", one.postcodes and other.postcodes and not one.postcodes & other.postcodes),
        ("one of the two says nothing but a name", one.blank or other.blank),
    ]
    return tuple(words for words, holds in reasons if holds)


def _same_tax(one: Card, other: Card) -> bool:
    """Whether two cards have the same whole number; two ends that are alike say nothing."""
    return len(one.tax) >= WHOLE and one.tax == other.tax


def _tax_contradicts(one: str, other: str) -> bool:
    """Whether two tax numbers, or their visible tails, are two."""
    if not one or not other:
        return False
    return not (one.endswith(other) or other.endswith(one))


def _postcode(address: Address) -> str:
    return "".join(c for c in address.postcode.casefold() if c.isalnum())


def _doors(address: Address) -> set[tuple[str, str]]:
    postcode = _postcode(address)
    numbers = re.findall(r"\d+", f"{address.line1} {address.line2}") if postcode else []
    return {(postcode, number.lstrip("0")) for number in numbers}
