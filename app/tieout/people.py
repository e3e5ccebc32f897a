"""Who is one party on both sides: contacts and customers that a link of any age or a merge joins, and sub-customers that
have no contact of their own with whom they belong to (C4, C6)."""

from collections.abc import Iterable, Mapping

Person = tuple[str, str]
"""A side and an id."""


def parties(
    links: Iterable[tuple[str, str]],
    merges: Iterable[tuple[Person, Person]] = (),
    parents: Iterable[tuple[str, str]] = (),
) -> Mapping[Person, str]:
    """The party's name for everybody who has company: the first of its contacts ("oncord:7"), else of its customers.

    `links` are (contact, customer), `parents` (sub-customer, parent); whoever is not named is a party by himself.
    """
    root: dict[Person, Person] = {}
    linked = set()

    def find(person: Person) -> Person:
        root.setdefault(person, person)
        while root[person] != person:
            root[person] = root[root[person]]
            person = root[person]
        return person

    for contact, customer in links:
        linked.add(customer)
        root[find(("quickbooks", customer))] = find(("oncord", contact))
    for one, other in merges:
        root[find(one)] = find(other)
    for child, parent in parents:
        if child not in linked:
            root[find(("quickbooks", child))] = find(("quickbooks", parent))
    members: dict[Person, list[Person]] = {}
    for person in list(root):
        members.setdefault(find(person), []).append(person)
    names = {of: min(people, key=_order) for of, people in members.items()}
    return {person: ":".join(names[find(person)]) for person in root}


def _order(person: Person) -> tuple[str, int, str]:
    side, record_id = person
    return side, len(record_id), record_id
