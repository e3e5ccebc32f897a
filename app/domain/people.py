"""Whether a contact and a customer that no link joins are the same person or company.

Exactly one good match is adopted. Several are a question for a person. Different e-mail addresses never match on the
name alone.
"""

from collections.abc import Sequence

from app.domain.matching import digits, natural_keys, normalised
from app.domain.records import Contact, Snapshot


def contacts_match(one: Contact, other: Contact) -> bool:
    """Same e-mail and a compatible name; or the same name, an e-mail missing, and phone, postcode or tax number equal."""
    keys, others = natural_keys(one), natural_keys(other)
    if keys.email and others.email:
        return keys.email == others.email and _names_compatible(one, other)
    if not keys.name or keys.name != others.name:
        return False
    return any(
        a and a == b
        for a, b in (
            (digits(one.phone or one.mobile), digits(other.phone or other.mobile)),
            (normalised(one.billing_address.postcode), normalised(other.billing_address.postcode)),
            (digits(one.tax_number), digits(other.tax_number)),
        )
    )


def _names_compatible(one: Contact, other: Contact) -> bool:
    words, others = (set(_words(c)) for c in (one, other))
    return not words or not others or bool(words & others)


def _words(contact: Contact) -> list[str]:
    name = contact.name
    return normalised(f"{name.first} {name.last} {name.company} {name.display}").split()


def matching_contacts(contact: Contact, candidates: Sequence[Snapshot]) -> list[Snapshot]:
    """The candidates that are the same person or company."""
    return [c for c in candidates if isinstance(c.record, Contact) and contacts_match(contact, c.record)]
