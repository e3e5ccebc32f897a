"""The texts of a certificate that may name a person, and what stands for them under its hash.

A person may be erased years after a certificate was issued, and its hash and signature have to hold all the same. So the hash
covers a salted digest of these texts in place of the texts. Whoever has them can prove them; once they and their salt are
emptied, the digest tells nobody anything, and all numbers, dates and amounts still stand under the hash.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

SALT, DIGEST = "salt", "texts"

Plain = dict[str, Any]


def named_texts(line: Mapping[str, Any]) -> tuple[str, ...]:
    """Which members of a figure or of a difference may name a person."""
    if "table" in line:
        return ("name",)
    return ("who", "why", "oncord", "quickbooks") if line["what"] == "contact" else ("who", "why")


def bound(line: Plain, salt: str) -> Plain:
    """A figure or difference whose texts can be emptied later without a change of the hash."""
    return {**line, SALT: salt, DIGEST: _digest(line, salt)}


def under_the_hash(line: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the hash covers of a line; of one that an earlier version wrote, all of it."""
    if DIGEST not in line:
        return line
    beside = {SALT, *named_texts(line)}
    return {name: value for name, value in line.items() if name not in beside}


def is_true_to(line: Mapping[str, Any]) -> bool:
    """Whether the texts of a line are those that it was issued with, or were emptied."""
    if DIGEST not in line:
        return True
    if line[SALT]:
        return bool(_digest(line, line[SALT]) == line[DIGEST])
    return not any(line[name] for name in named_texts(line))


def _digest(line: Mapping[str, Any], salt: str) -> str:
    texts = json.dumps([salt, *(line[name] for name in named_texts(line))], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(texts.encode()).hexdigest()
