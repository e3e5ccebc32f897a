"""Which members each class of Intuit's schema has (`members.txt`), and what is said of one that it does not have.

QuickBooks refuses a member that it does not know wherever it stands, in every detail of every line, and an answer never
holds one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from app.sandbox.quickbooks.values import faults

_CLASS = re.compile(r"^(?P<name>\w+)(?:\((?P<parent>\w+)\))?:(?P<members>.*)$")
_UNREAD = "?"
"""The class of what nobody looks into."""
_LONG_NAMES = {"Ref": "ReferenceType"}


def _read(text: str) -> dict[str, Mapping[str, str]]:
    """For each class its members, the inherited ones included, and the class of each; plain values have none."""
    paragraphs = re.sub(r"\n +", " ", re.sub(r"(?m)^#.*$", "", text)).split("\n")
    found = [match for match in map(_CLASS.match, paragraphs) if match]
    own = {match["name"]: [word.removeprefix("+") for word in match["members"].split()] for match in found}
    parents = {match["name"]: match["parent"] for match in found}

    def whole(name: str) -> dict[str, str]:
        inherited = whole(parents[name]) if parents[name] else {}
        return inherited | {member: kind for member, _, kind in (word.partition(":") for word in own[name])}

    return {name: whole(name) for name in own}


MEMBERS = _read(Path(__file__).with_name("members.txt").read_text())


def strays(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """Each member in an object of class `name` that its class does not have, however deep: the class, and the member."""
    if isinstance(value, list | tuple):
        for each in value:
            yield from strays(name, each)
    if not isinstance(value, dict):
        return
    known = MEMBERS[name]
    for member, inner in value.items():
        if member not in known:
            yield name, member
        elif known[member] not in ("", _UNREAD):
            yield from strays(known[member], inner)


def check(entity: str, sent: Any) -> None:
    """Raises `FaultError` (2010) for the first member that QuickBooks does not know."""
    for name, member in strays(entity, sent):
        raise faults.unknown_member(member, _LONG_NAMES.get(name, name), list(MEMBERS[name]))
