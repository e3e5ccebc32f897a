"""What two names, as `name_words` reads them, say of one another: from the same name to that of somebody else."""

from enum import StrEnum

from app.domain.matching.name_words import FILLING, LEGAL_FORMS, Called, Person, company_keys, person_keys, without
from app.domain.matching.spellings import nearly_one_word

_TAXPAYERS = frozenset(
    ["trust", "trustee", "trustees", "atf", "super", "superannuation", "smsf", "fund", "estate", "partnership"]
)
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


_OF_ANOTHER = frozenset(
    [
        "a",
        "e",
        "i",
        "o",
        "ia",
        "ie",
        "ine",
        "ina",
        "na",
        "ne",
        "nne",
        "le",
        "lle",
        "la",
        "lla",
        "ella",
        "elle",
        "etta",
        "ette",
    ]
)
"""Endings that make another person's name of one, often in one family: Daniel and Danielle, Paul and Paula, Jan and Jane."""


class Relation(StrEnum):
    """What two names say of one another, from the same to another one's."""

    SAME = "the same name"
    SHORT = "the same surname, and first names that are short for one another"
    COMPANY = "the same company"
    PART = "part of the name"
    NEARLY = "nearly the same name"
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


def compared(one: Called, other: Called) -> Relation:
    """What two names say of one another."""
    if not one.spoken or not other.spoken:
        return Relation.UNKNOWN
    one, other = one.as_spelt_by(other), other.as_spelt_by(one)
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
    if company_keys(one) & company_keys(other):
        return Relation.COMPANY
    bare, others = (set(without(without(c, LEGAL_FORMS), FILLING)) for c in (one, other))
    nested = bare < others or others < bare
    return Relation.PART if nested and not (bare ^ others) & _TAXPAYERS else Relation.OTHER


def _people(one: Person, other: Person) -> Relation:
    if person_keys(one) & person_keys(other):
        return Relation.SAME
    first, last = _first_names(one, other), _surnames(one.last, other.last)
    alike = first in ("same", "short")
    if last == "same":
        by_first_name = {
            "same": Relation.SAME,
            "short": Relation.SHORT,
            "near": Relation.NEARLY,
            "different": Relation.FIRST,
        }
        return by_first_name.get(first, Relation.PART)
    if last == "near":
        return Relation.NEARLY if alike or first == "near" else Relation.OTHER
    if last == "nested":
        return Relation.PART if alike else Relation.NEARLY if first == "near" else Relation.OTHER
    if last == "missing":
        return Relation.PART if alike else Relation.OTHER
    married = first == "same" and all(len(f) > 1 for f in one.first)
    return Relation.PART if married else Relation.OTHER


def _surnames(one: tuple[str, ...], other: tuple[str, ...]) -> str:
    if not one or not other:
        return "missing"
    forms, others = ({"".join(w), "".join(without(w, FILLING))} for w in (one, other))
    if forms & others:
        return "same"
    bare, rest = set(without(one, FILLING)), set(without(other, FILLING))
    if bare < rest or rest < bare:
        return "nested"
    return "near" if nearly_one_word("".join(one), "".join(other)) else "different"


def _first_names(one: Person, other: Person) -> str:
    if not one.first or not other.first:
        return "missing"
    if one.several or other.several:
        return "joint" if set(one.first) & set(other.first) else "different"
    shorter, longer = sorted(("".join(one.first), "".join(other.first)), key=len)
    if shorter == longer:
        return "same"
    initials = any(all(len(w) == 1 for w in p.first) for p in (one, other))
    if initials and shorter[0] == longer[0]:
        return "short"
    if any(shorter in group and longer in group for group in _SHORT_FORMS):
        return "short"
    if longer.startswith(shorter):
        of_another = len(one.first) == len(other.first) and longer.removeprefix(shorter) in _OF_ANOTHER
        return "near" if of_another else "short"
    one_word = min(len(one.first), len(other.first)) == 1
    near = nearly_one_word(shorter, longer) or (one_word and nearly_one_word(one.first[0], other.first[0]))
    return "near" if near else "different"
