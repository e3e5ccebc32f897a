"""How the name on a card is read: the words of a person or of a company, without what tells nobody apart.

Legal forms, articles, titles and particles do not count, nor do case, accents, punctuation and what nobody sees. What
makes another taxpayer (a trust, an estate, a super fund, a partnership) is part of the name.
"""

import re
import unicodedata
from dataclasses import dataclass

from app.domain.model.records import Name

LEGAL_FORMS = frozenset(
    [
        "pty",
        "ltd",
        "limited",
        "inc",
        "incorporated",
        "llc",
        "llp",
        "plc",
        "corp",
        "corporation",
        "co",
        "company",
        "proprietary",
        "gmbh",
        "bv",
        "pl",
    ]
)


_TITLES = frozenset(["mr", "mrs", "ms", "miss", "mx", "dr", "prof", "professor", "sir", "dame", "rev", "hon"])


FILLING = frozenset(
    [
        "the",
        "a",
        "an",
        "and",
        "of",
        "van",
        "von",
        "de",
        "der",
        "den",
        "del",
        "della",
        "da",
        "di",
        "du",
        "la",
        "le",
        "ten",
        "ter",
        "zu",
    ]
)


_JOINERS = re.compile(r"\s(?:and|und|et|&|\+)\s|[&+/]", re.IGNORECASE)


_JOINED = "'’‘`´ʼʹ＇."
"""Signs that are left out of a word rather than ending it: O'Brien, J.R."""


_PLAIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i"})


@dataclass(frozen=True, slots=True)
class Person:
    """The words of somebody's first names and surname."""

    first: tuple[str, ...] = ()
    last: tuple[str, ...] = ()
    several: bool = False
    """Two people in one first name ("John and Mary")."""

    @property
    def full(self) -> bool:
        """Whether both are there."""
        return bool(self.first and self.last)


@dataclass(frozen=True, slots=True)
class Called:
    """All that a card says of whose it is: read as a person, as a company, or, where it only displays a text, as both."""

    person: Person | None = None
    company: tuple[str, ...] = ()
    is_company: bool = False
    whole: bool = False
    keys: frozenset[str] = frozenset()
    """Full names in a form that is equal for equal ones."""
    spoken: frozenset[str] = frozenset()
    """Every word."""


def words(text: str) -> tuple[str, ...]:
    """The words of a name without case, accents, punctuation and invisible signs."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text)).casefold().translate(_PLAIN)
    return tuple("".join(_letter(c) for c in plain).split())


def _letter(c: str) -> str:
    category = unicodedata.category(c)
    if c in _JOINED or category == "Cf" or (category == "Mn" and unicodedata.combining(c)):
        return ""
    return c if category[0] in "LNM" else " "


def called(name: Name) -> Called:
    """What a card says of whose it is."""
    company = words(name.company)
    if name.first.strip() or name.last.strip():
        person = _person(name.first, name.last)
        keys = person_keys(person) | company_keys(company)
        spoken = frozenset((*person.first, *person.last, *company))
        return Called(person, company, name.type == "company" and bool(company), False, keys, spoken)
    if company:
        return Called(None, company, True, False, company_keys(company), frozenset(company))
    display = words(name.display)
    if not display or "@" in name.display:
        return Called()
    before, comma, after = name.display.partition(",")
    person = _person(after, before) if comma else _split(name.display)
    keys = person_keys(person) | company_keys(display)
    return Called(person, display, True, True, keys, frozenset(display))


def _person(first: str, last: str) -> Person:
    given = without(words(first), _TITLES)
    return Person(given, words(last), bool(_JOINERS.search(first.strip())))


def _split(display: str) -> Person:
    name_words = without(words(display), _TITLES)
    return Person(name_words[:-1], name_words[-1:], bool(_JOINERS.search(display)))


def without(all_words: tuple[str, ...], left_out: frozenset[str]) -> tuple[str, ...]:
    """The words that are not `left_out`; all of them where nothing would remain."""
    return tuple(w for w in all_words if w not in left_out) or all_words


def person_keys(person: Person) -> frozenset[str]:
    """The forms of a full name, in either order and with or without particles; none where half of it is missing."""
    if not person.full:
        return frozenset()
    surnames = (person.last, without(person.last, FILLING))
    orders = [order for last in surnames for order in ((*person.first, *last), (*last, *person.first))]
    return frozenset("".join(order) for order in orders)


def company_keys(company: tuple[str, ...]) -> frozenset[str]:
    """A company's name without legal form and filling words, in one word; none for no name."""
    bare = without(without(company, LEGAL_FORMS), FILLING)
    return frozenset({"".join(bare)} - {""})
