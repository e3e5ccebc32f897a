"""What a person finds a record by: its number and its amount exactly, a name or an e-mail address by its beginning. Pure.

A key says by its first character what it is: "#1041" a number, "#1041-" one that goes on with a suffix ("1041-2"), "$44.5" an amount,
anything else a word that is folded (no case, no accents). Both the record and what somebody types are folded here, so that the two cannot drift apart.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from app.domain.matching.document_numbers import number_keys
from app.domain.model.records import Contact, Item, Receipt, Record, Sale

LONGEST = 60
"""Characters of a key that are kept."""
MOST = 24
"""Keys that a record is given."""
_WORD = re.compile(r"[^\W_]+")
_BLANKS = re.compile(r"\s+")
_SUFFIX = re.compile(r"(.*\d.*?)\W+\w{1,3}", re.DOTALL)
"""A number with what tells several documents of it apart behind it: "1041-2", "SO-1041/b"."""
_AMOUNT = re.compile(r"[^\d.,-]*(-?\d[\d, ]*(?:\.\d*)?|-?\.\d+)[^\d.,]*")


@dataclass(frozen=True, slots=True)
class Search:
    """What somebody is looking for. A record is found by its id, by one of the `exact` keys, or by having a word that begins
    with each of `beginnings`."""

    record_id: str
    exact: tuple[str, ...]
    beginnings: tuple[str, ...]


def search_keys(record: Record) -> tuple[str, ...]:
    """What a record is found by."""
    match record:
        case Contact(name=name):
            words = [w for text in (name.display, name.first, name.last, name.company) for w in _words(text)]
            keys = [*words, _address(record.email)]
        case Item():
            keys = [*_words(record.name), *_numbers(record.code)]
        case Sale():
            keys = [
                *_numbers(record.number),
                *_numbers(record.reference),
                _amount(record.money.total),
                *_bases(record.number),
            ]
        case Receipt():
            keys = [*_numbers(record.reference), _amount(record.payment.amount), *_bases(record.reference)]
    return tuple(dict.fromkeys(key[:LONGEST] for key in keys if key))[:MOST]


def search_for(text: str) -> Search:
    """What a text that somebody has typed looks for; nothing where there is nothing to look for."""
    whole = _BLANKS.sub(" ", text).strip()
    exact = (*_numbers(whole), *(f"{key}-" for key in _numbers(whole)), _typed_amount(whole))
    beginnings = (_address(whole),) if "@" in whole else tuple(_words(whole))
    return Search(
        whole.removeprefix("#"),
        tuple(dict.fromkeys(key[:LONGEST] for key in exact if key)),
        tuple(dict.fromkeys(word[:LONGEST] for word in beginnings)),
    )


def _words(text: str) -> list[str]:
    return _WORD.findall(_folded(text))


def _address(email: str) -> str:
    return _BLANKS.sub("", _folded(email))


def _folded(text: str) -> str:
    """A text without case and accents."""
    apart = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in apart if not (unicodedata.category(c) == "Mn" and unicodedata.combining(c)))


def _numbers(number: str) -> Iterable[str]:
    return (f"#{key}" for key in number_keys(number) if key)


def _bases(number: str) -> Iterable[str]:
    """What a number with a suffix is found by without it."""
    found = _SUFFIX.fullmatch(number.strip()[:LONGEST])
    return (f"{key}-" for key in _numbers(found[1])) if found else ()


def _amount(amount: Decimal) -> str:
    """An amount without its sign and without zeros at its end, since a person leaves both out."""
    shown = format(abs(amount).normalize(), "f") if amount else "0"
    return f"${shown}"


def _typed_amount(text: str) -> str:
    """The amount that a text is, however it is written: "$1,204.50", "1204.5", "AUD 1204.50"; "" where it is none."""
    found = _AMOUNT.fullmatch(text)
    if found is None:
        return ""
    try:
        return _amount(Decimal(found[1].replace(",", "").replace(" ", "")))
    except InvalidOperation:
        return ""
