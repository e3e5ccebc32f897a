"""Text as every place that it travels through can hold it.

PostgreSQL holds no NUL and no half of a surrogate pair, QuickBooks refuses control characters (2040), and nobody sees
them. Both doors take them out while reading, so that what is compared has been cleaned already and cleaning never
looks like an edit. Line breaks and tabs stay: people type those.
"""

import re
from typing import Any

_UNHOLDABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_SUSPECT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]"
    r"|\\u(?:00(?:[01]|7[fF]|[89])|[dD][89a-fA-F]|[fF]{3}[eEfF])"
    r"|\\[bf]"
)
"""JSON text that may hold such a character, as it is or written as an escape."""
_BREAKS = re.compile(r"[\t\r\n\x85\u2028\u2029]+")


def clean(value: str) -> str:
    """A text without what no side can hold: NUL, control characters, halves of a surrogate pair, what is no character."""
    if value.isprintable():  # far cheaper to know, and as good as always so
        return value
    return _UNHOLDABLE.sub("", value)


def one_line(value: str) -> str:
    """A text for a field of one line: breaks and tabs become blanks, runs of blanks one."""
    return " ".join(_BREAKS.sub(" ", value).split())


def suspect(json_text: str) -> bool:
    """Whether a JSON text may hold what `clean` takes out; cheap, so that ordinary answers are not walked through."""
    return _SUSPECT.search(json_text) is not None


def cleaned(content: Any) -> Any:
    """Plain data with every text in it cleaned, names of members too."""
    if isinstance(content, str):
        return clean(content)
    if isinstance(content, list):
        return [cleaned(one) for one in content]
    if isinstance(content, dict):
        return {cleaned(name): cleaned(value) for name, value in content.items()}
    return content
