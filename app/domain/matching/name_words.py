"""How the name on a card is read: the words of a person or of a company, without what tells nobody apart.

Legal forms, articles, titles and particles do not count, nor do case, accents, punctuation and what nobody sees. What
makes another taxpayer (a trust, an estate, a super fund, a partnership) is part of the name. A word of letters with marks
counts in each of its spellings.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice, product

from app.domain.matching.spellings import spellings
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


_HYPHENS = re.compile(r"[-\u2010-\u2015]")


_ARTICLES = frozenset(["el", "al", "bin", "ibn", "abu"])
"""What stands before a surname and belongs to it."""


_MOST_SPELLINGS = 16


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
    otherwise: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Words that are also written in other ways ("muller": "mueller"), with these."""

    def as_spelt_by(self, other: "Called") -> "Called":
        """The same with each word written as the other one writes it, where that is one of its ways."""
        spelt = {
            word: way
            for word, ways in self.otherwise
            if word not in other.spoken
            for way in ways
            if way in other.spoken
        }
        return _respelt(self, spelt) if spelt else self


def words(text: str) -> tuple[str, ...]:
    """The words of a name without case, accents, punctuation and invisible signs."""
    return tuple(ways[0] for ways in _written(text))


def _written(text: str) -> tuple[tuple[str, ...], ...]:
    """The words of a name, each in all its spellings, the bare one first."""
    composed = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text).casefold())
    return tuple(spellings(word) for word in "".join(_letter(c) for c in composed).split())


def _letter(c: str) -> str:
    category = unicodedata.category(c)
    if c in _JOINED or category == "Cf" or (category == "Mn" and unicodedata.combining(c)):
        return ""
    return c if category[0] in "LNM" else " "


def called(name: Name) -> Called:
    """What a card says of whose it is."""
    read = _read(name)
    ways = {
        bare: rest for text in (name.first, name.last, name.company, name.display) for bare, *rest in _written(text)
    }
    otherwise = tuple((word, tuple(ways[word])) for word in sorted(read.spoken) if ways.get(word))
    keys = frozenset(key for spelt in _every_spelling(otherwise) for key in _keys(_respelt(read, spelt)))
    return replace(read, keys=keys, otherwise=otherwise)


def _read(name: Name) -> Called:
    company = words(name.company)
    if name.first.strip() or name.last.strip():
        person = _person(name.first, name.last)
        spoken = frozenset((*person.first, *person.last, *company))
        return Called(person, company, name.type == "company" and bool(company), spoken=spoken)
    if company:
        return Called(None, company, True, spoken=frozenset(company))
    display = words(name.display)
    if not display or "@" in name.display:
        return Called()
    before, comma, after = name.display.partition(",")
    person = _person(after, before) if comma else _split(name.display)
    return Called(person, display, True, True, spoken=frozenset(display))


def _keys(read: Called) -> frozenset[str]:
    return (person_keys(read.person) if read.person else frozenset()) | company_keys(read.company)


def _every_spelling(otherwise: tuple[tuple[str, tuple[str, ...]], ...]) -> Iterator[Mapping[str, str]]:
    """The bare words, and whatever else they can be written as together, as far as that is not too much."""
    choices = [(word, *ways) for word, ways in otherwise]
    for chosen in islice(product(*choices), _MOST_SPELLINGS):
        yield {word: way for (word, *_), way in zip(choices, chosen, strict=True)}


def _respelt(read: Called, spelt: Mapping[str, str]) -> Called:
    """The same card with some of its words written otherwise."""

    def written(own: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(spelt.get(word, word) for word in own)

    person = read.person and replace(read.person, first=written(read.person.first), last=written(read.person.last))
    spoken = frozenset(spelt.get(word, word) for word in read.spoken)
    return replace(read, person=person, company=written(read.company), spoken=spoken)


def _person(first: str, last: str) -> Person:
    given = without(words(first), _TITLES)
    return Person(given, words(last), bool(_JOINERS.search(first.strip())))


def _split(display: str) -> Person:
    """A displayed name as a person's: the last word is the surname, with what a hyphen or an article joins to it."""
    name_words = without(words(display), _TITLES)
    last_text = display.split()[-1]
    joined = len(words(last_text)) if _HYPHENS.search(last_text) else 1
    start = len(name_words) - joined if 0 < joined < len(name_words) else len(name_words) - 1
    while start > 1 and name_words[start - 1] in _ARTICLES:
        start -= 1
    return Person(name_words[:start], name_words[start:], bool(_JOINERS.search(display)))


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
