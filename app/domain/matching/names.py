"""What people and companies are called, in a form in which two cards can be compared.

Legal forms, articles, titles and particles do not count, nor do case, accents, punctuation and what nobody sees. What
makes another taxpayer (a trust, an estate, a super fund, a partnership) is part of the name.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from app.domain.model.records import Name

_LEGAL_FORMS = frozenset(
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
_TAXPAYERS = frozenset(
    ["trust", "trustee", "trustees", "atf", "super", "superannuation", "smsf", "fund", "estate", "partnership"]
)
_TITLES = frozenset(["mr", "mrs", "ms", "miss", "mx", "dr", "prof", "professor", "sir", "dame", "rev", "hon"])
_FILLING = frozenset(
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
_SHORT_FORMS = [
    frozenset(group.split())
    for group in [
        "alexander alexandra alex sandy xander sasha",
        "andrew andy drew",
        "anthony antony tony",
        "barbara barb babs",
        "benjamin ben benny",
        "catherine katherine kathryn cathy kathy kate katie cath kath",
        "charles charlie chuck",
        "christopher chris kit",
        "christine christina chris chrissy tina",
        "daniel dan danny",
        "david dave davey",
        "deborah debra deb",
        "dorothy dot dottie",
        "edward ed eddie ted ned",
        "eleanor ellie nell",
        "elizabeth liz lizzie beth betty eliza libby",
        "frances fran",
        "francis frank",
        "frederick fred freddie",
        "gabrielle gabby",
        "geoffrey geoff jeffrey jeff",
        "gerald gerry jerry",
        "gregory greg",
        "harold harry hal",
        "henry harry hank",
        "isabella isabel bella izzy",
        "jacqueline jacqui jackie",
        "james jim jimmy jamie",
        "jennifer jen jenny",
        "jessica jess",
        "john jack johnny jon",
        "jonathan jon jonny",
        "joseph joe joey",
        "joshua josh",
        "judith judy",
        "kenneth ken kenny",
        "lawrence laurence larry laurie",
        "leonard len lenny",
        "louise lou",
        "margaret maggie meg peggy marg",
        "matthew matt",
        "michael mike mick mickey",
        "nathaniel nathan nat",
        "nicholas nick nicky",
        "nicole nicky nic",
        "pamela pam",
        "patricia pat patty trish",
        "patrick pat paddy",
        "peter pete",
        "philip phillip phil",
        "rebecca becky bec",
        "richard rick dick rich richie",
        "robert rob bob bobby robbie bert",
        "ronald ron ronnie",
        "samuel sam",
        "samantha sam",
        "sandra sandy",
        "sarah sara sally",
        "stephen steven steve",
        "stephanie steph",
        "susan sue susie",
        "terence terry",
        "theodore ted theo",
        "theresa teresa terry tess",
        "thomas tom tommy",
        "timothy tim",
        "victoria vicky tori",
        "vincent vince",
        "virginia ginny",
        "walter wally walt",
        "william will bill billy willy liam",
        "zachary zac zach",
    ]
]


class Relation(StrEnum):
    """What two names say of one another, from the same to another one's."""

    SAME = "the same name"
    SHORT = "the same surname, and first names that are short for one another"
    COMPANY = "the same company"
    PART = "part of the name"
    NAMED = "a person and a company of that name"
    EMPLOYER = "a person and the company of that person"
    OTHER_COMPANY = "the same name at another company"
    UNKNOWN = "no name to compare"
    FIRST = "another first name"
    OTHER = "another name"


FULL = frozenset({Relation.SAME, Relation.COMPANY})
"""Names that are wholly the same."""
CONTRARY = frozenset({Relation.FIRST, Relation.OTHER})
"""Names of two."""


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
        keys = _person_keys(person) | _company_keys(company)
        spoken = frozenset((*person.first, *person.last, *company))
        return Called(person, company, name.type == "company" and bool(company), False, keys, spoken)
    if company:
        return Called(None, company, True, False, _company_keys(company), frozenset(company))
    display = words(name.display)
    if not display or "@" in name.display:
        return Called()
    before, comma, after = name.display.partition(",")
    person = _person(after, before) if comma else _split(name.display)
    keys = _person_keys(person) | _company_keys(display)
    return Called(person, display, True, True, keys, frozenset(display))


def _person(first: str, last: str) -> Person:
    given = _without(words(first), _TITLES)
    return Person(given, words(last), bool(_JOINERS.search(first.strip())))


def _split(display: str) -> Person:
    name_words = _without(words(display), _TITLES)
    return Person(name_words[:-1], name_words[-1:], bool(_JOINERS.search(display)))


def _without(all_words: tuple[str, ...], left_out: frozenset[str]) -> tuple[str, ...]:
    return tuple(w for w in all_words if w not in left_out) or all_words


def _person_keys(person: Person) -> frozenset[str]:
    if not person.full:
        return frozenset()
    surnames = (person.last, _without(person.last, _FILLING))
    orders = [order for last in surnames for order in ((*person.first, *last), (*last, *person.first))]
    return frozenset("".join(order) for order in orders)


def _company_keys(company: tuple[str, ...]) -> frozenset[str]:
    bare = _without(_without(company, _LEGAL_FORMS), _FILLING)
    return frozenset({"".join(bare)} - {""})


def compared(one: Called, other: Called) -> Relation:
    """What two names say of one another."""
    if not one.spoken or not other.spoken:
        return Relation.UNKNOWN
    if one.whole or other.whole:
        return _displayed(one, other)
    company = _companies(one.company, other.company)
    if one.person and other.person:
        return _people_with_companies(one, other, _people(one.person, other.person), company)
    if one.person or other.person:
        return _person_and_company(one, other, company)
    return company or Relation.OTHER


def _displayed(one: Called, other: Called) -> Relation:
    """One of the two is a text that may be a person's name or a company's."""
    if one.keys & other.keys:
        is_person = any(c.person is not None and not c.whole for c in (one, other))
        return Relation.SAME if is_person else Relation.COMPANY
    readings = [_companies(one.company, other.company) or Relation.OTHER]
    if one.person and other.person:
        readings.append(_people(one.person, other.person))
    agreeing = [r for r in readings if r not in CONTRARY]
    if agreeing:
        return agreeing[0]
    return _naming(one, other) or (Relation.FIRST if Relation.FIRST in readings else Relation.OTHER)


def _people_with_companies(one: Called, other: Called, people: Relation, company: Relation | None) -> Relation:
    a_company = one.is_company or other.is_company
    if company is Relation.COMPANY and a_company:
        return Relation.COMPANY
    if people in (Relation.SAME, Relation.SHORT):
        if company is Relation.OTHER:
            return Relation.OTHER_COMPANY
        return Relation.NAMED if a_company and not (one.company and other.company) else people
    return people


def _person_and_company(one: Called, other: Called, company: Relation | None) -> Relation:
    """A person's card and one that names a company only."""
    if company is Relation.COMPANY:
        return Relation.COMPANY if one.is_company and other.is_company else Relation.EMPLOYER
    return _naming(one, other) or Relation.OTHER


def _naming(one: Called, other: Called) -> Relation | None:
    for person, company in ((one, other), (other, one)):
        if person.person is not None and person.person.full and not (company.person and not company.whole):
            named = {*person.person.first, *person.person.last}
            if named <= set(company.company) and not set(company.company) & _TAXPAYERS:
                return Relation.NAMED
    return None


def _companies(one: tuple[str, ...], other: tuple[str, ...]) -> Relation | None:
    if not one or not other:
        return None
    if _company_keys(one) & _company_keys(other):
        return Relation.COMPANY
    bare, others = (set(_without(_without(c, _LEGAL_FORMS), _FILLING)) for c in (one, other))
    nested = bare < others or others < bare
    return Relation.PART if nested and not (bare ^ others) & _TAXPAYERS else Relation.OTHER


def _people(one: Person, other: Person) -> Relation:
    if _person_keys(one) & _person_keys(other):
        return Relation.SAME
    first, last = _first_names(one, other), _surnames(one.last, other.last)
    alike = first in ("same", "short")
    if last == "same":
        by_first_name = {"same": Relation.SAME, "short": Relation.SHORT, "different": Relation.FIRST}
        return by_first_name.get(first, Relation.PART)
    if last == "near":
        return Relation.PART if alike else Relation.OTHER
    if last == "missing":
        return Relation.PART if alike else Relation.OTHER
    married = first == "same" and all(len(f) > 1 for f in one.first)
    return Relation.PART if married else Relation.OTHER


def _surnames(one: tuple[str, ...], other: tuple[str, ...]) -> str:
    if not one or not other:
        return "missing"
    forms, others = ({"".join(w), "".join(_without(w, _FILLING))} for w in (one, other))
    if forms & others:
        return "same"
    bare, rest = set(_without(one, _FILLING)), set(_without(other, _FILLING))
    nested = bare < rest or rest < bare
    return "near" if nested or _one_letter_off("".join(one), "".join(other)) else "different"


def _first_names(one: Person, other: Person) -> str:
    if not one.first or not other.first:
        return "missing"
    if one.several or other.several:
        return "joint" if set(one.first) & set(other.first) else "different"
    shorter, longer = sorted(("".join(one.first), "".join(other.first)), key=len)
    if shorter == longer:
        return "same"
    initials = any(all(len(w) == 1 for w in p.first) for p in (one, other))
    if longer.startswith(shorter) or (initials and shorter[0] == longer[0]):
        return "short"
    if any(shorter in group and longer in group for group in _SHORT_FORMS):
        return "short"
    return "near" if _one_letter_off(shorter, longer) else "different"


def _one_letter_off(one: str, other: str) -> bool:
    """Whether two words of five letters and more differ by one slip of the hand, and not at their end."""
    if min(len(one), len(other)) < 5 or abs(len(one) - len(other)) > 1 or one[-1] != other[-1]:
        return False
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    if len(one) == len(other):
        swapped = one[start : start + 2] == other[start : start + 2][::-1] and one[start + 2 :] == other[start + 2 :]
        return swapped or one[start + 1 :] == other[start + 1 :]
    shorter, longer = sorted((one, other), key=len)
    return shorter[start:] == longer[start + 1 :]
