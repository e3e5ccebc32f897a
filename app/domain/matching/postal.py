"""When two postal addresses are one: however they are written, where states and countries are codes already.

A country is only compared where both name one, since most domestic addresses name none; what is no code is somebody's
own word for it and says nothing. A ZIP code and the ZIP+4 within it are one. QuickBooks' screens write an address as
free text, so that which of its lines says what does not count either.
"""

import re

from app.domain.matching.natural_keys import normalised
from app.domain.model.records import Address

_PLUS_FOUR = re.compile(r"\b(\d{5})-?\d{4}$")


def same_address(one: Address, other: Address) -> bool:
    """Whether two addresses are one."""
    countries = {_country(one), _country(other)} - {""}
    if len(countries) > 1:
        return False
    american = countries <= {"US"}
    if _words(one) == _words(other) and _postcode(one, american) == _postcode(other, american):
        return True
    return _as_text(one, american) == _as_text(other, american)


def _words(address: Address) -> str:
    """The lines, suburb and state, one after the other."""
    parts = (address.line1, address.line2, address.suburb, address.state)
    return " ".join(" ".join(normalised(part).replace(",", " ").split()) for part in parts if part)


def _postcode(address: Address, american: bool) -> str:
    """Without blanks and hyphens; of an American one its first five digits."""
    code = normalised(address.postcode)
    short = _PLUS_FOUR.sub(r"\1", code) if american else code
    return re.sub(r"[\W_]+", "", short)


def _as_text(address: Address, american: bool) -> str:
    whole = " ".join(part for part in (_words(address), normalised(address.postcode)) if part)
    return _PLUS_FOUR.sub(r"\1", whole) if american else whole


def _country(address: Address) -> str:
    return address.country if re.fullmatch("[A-Z]{2}", address.country) else ""
