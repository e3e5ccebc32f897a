"""Countries and their states as people and systems write them, in one form: ISO 3166 codes, by the library pycountry.

Both vendors' rooms normalise addresses with this while they read, so that the domain compares codes and needs no
library. Nothing is guessed: a country that is no country's name or code stays the text that it is, and so does a state.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

import pycountry

from app.domain.model.records import Address

BY_CODE = frozenset({"US", "CA", "AU", "BR", "IT"})
"""Where the post writes states and provinces by their code; elsewhere (New Zealand, Great Britain) by their name."""
BY_NAME = frozenset({"NZ", "GB"})
_ALIASES = {
    "US": "U.S.A.|United States of America|America",
    "GB": "UK|U.K.|Great Britain|Britain|England|Scotland|Wales|Northern Ireland",
    "KR": "Korea, South|Republic of Korea",
    "RU": "Russia",
    "CZ": "Czech Republic",
    "TR": "Turkey|Turkiye",
    "CI": "Ivory Coast",
    "VA": "Vatican|Vatican City",
    "BN": "Brunei",
    "LA": "Laos",
    "SY": "Syria",
    "PS": "Palestine",
    "CD": "DR Congo|Democratic Republic of the Congo",
    "FM": "Micronesia",
    "HK": "Hong Kong SAR",
    "MO": "Macau",
    "MM": "Burma",
    "NL": "The Netherlands|Holland",
    "AE": "UAE|U.A.E.",
    "NZ": "Aotearoa|Aotearoa New Zealand",
}
_SHOWN = {"US": "USA", "RU": "Russia", "CD": "DR Congo", "FM": "Micronesia", "PS": "Palestine", "VA": "Vatican City"}
_STATE_ALIASES = {("US", "DC"): "Washington DC", ("CA", "PE"): "PEI", ("CA", "NL"): "Newfoundland"}


def folded(text: str) -> str:
    """A name without case, accents, punctuation and blanks."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return re.sub(r"[\W_]+", "", "".join(c for c in plain if not unicodedata.combining(c)))


@cache
def _countries() -> dict[str, str]:
    """The code of each country by everything that it is called."""
    found: dict[str, str] = {}
    for country in pycountry.countries:
        for name in ("alpha_2", "alpha_3", "name", "common_name", "official_name"):
            if value := getattr(country, name, ""):
                found.setdefault(folded(value), country.alpha_2)
    for code, names in _ALIASES.items():
        found |= {folded(name): code for name in names.split("|")}
    return found


@cache
def _states(country: str) -> dict[str, str]:
    """How the post writes each state of a country, by its code and its name."""
    found: dict[str, str] = {}
    for part in pycountry.subdivisions:
        if part.country_code != country:
            continue
        code = part.code.partition("-")[2]
        shown = code if country in BY_CODE else part.name
        found |= {folded(code): shown, folded(part.name): shown}
        if alias := _STATE_ALIASES.get((country, code)):
            found[folded(alias)] = shown
    return found


@cache
def _states_anywhere() -> dict[str, str]:
    """The same for addresses that name no country: of those countries whose states have codes that everybody writes."""
    found: dict[str, str] = {}
    for country in ("US", "CA", "AU"):
        for name, code in _states(country).items():
            found[name] = code if found.get(name, code) == code else ""
    return {name: code for name, code in found.items() if code}


def country_code(text: str) -> str:
    """The ISO 3166 alpha-2 code of a country's name or code; "" where it is none."""
    return _countries().get(folded(text), "") if text else ""


def country_name(code: str) -> str:
    """A country as it is written on an invoice; anything that is no code stays as it is."""
    country = pycountry.countries.get(alpha_2=code) if len(code) == 2 else None
    if country is None:
        return code
    return _SHOWN.get(code) or getattr(country, "common_name", "") or str(country.name)


def state(country: str, text: str) -> str:
    """A state as the post of its country writes it: "CA" for "California"; what is none stays as it is."""
    if not text:
        return ""
    if not country:
        return _states_anywhere().get(folded(text), text)
    known = _states(country) if country in BY_CODE | BY_NAME else {}
    return known.get(folded(text), text)


_POSTCODES = {
    "US": re.compile(r"\d{5}(?:-\d{4})?"),
    "AU": re.compile(r"\d{4}"),
    "CA": re.compile(r"[A-Za-z]\d[A-Za-z] ?\d[A-Za-z]\d"),
}
"""The postcodes of the countries whose last line of an address reads "suburb, state postcode"."""
_LAST_LINE = re.compile(r"(?P<place>\D.*?)[\s,]+(?P<postcode>[A-Za-z]\d[A-Za-z] ?\d[A-Za-z]\d|\d{4,5}(?:-\d{4})?)")
LONGEST_STATE = 3
"""Words of the longest name of a state there: "New South Wales"."""


def locality(line: str, country: str = "") -> tuple[str, str, str] | None:
    """Suburb, state and postcode of the last line of an address ("Middlefield, CA  94303", "Bondi NSW 2026"); None where
    that is not certain: the state must be one of the country whose postcode this is, and of `country` where one is named."""
    found = _LAST_LINE.fullmatch(line.strip())
    if found is None:
        return None
    postcode = found["postcode"]
    code = next((code for code, pattern in _POSTCODES.items() if pattern.fullmatch(postcode)), "")
    if not code or country not in ("", code):
        return None
    suburb, comma, after = found["place"].rpartition(",")
    readings = [(suburb, after)] if comma else list(_last_words(found["place"]))
    for suburb, named in readings:
        known = _states(code).get(folded(named))
        if known and suburb.strip(" ,") and not any(c.isdigit() for c in suburb):
            return suburb.strip(" ,"), known, postcode
    return None


def _last_words(place: str) -> Iterator[tuple[str, str]]:
    """A text in front of its last words, and those: the most words first."""
    words = place.split()
    for count in range(min(LONGEST_STATE, len(words) - 1), 0, -1):
        yield " ".join(words[:-count]), " ".join(words[-count:])


def normal(address: Address) -> tuple[str, str]:
    """The state and the country of an address in the one form."""
    code = country_code(address.country)
    return state(code, address.state), code or address.country


def is_code(country: str) -> bool:
    """Whether this is an ISO 3166 alpha-2 code."""
    return len(country) == 2 and country_code(country) == country
