"""Bytes in and out: JSON whose numbers are Decimals inside, and the XML that QBO answers by default.

Numbers leave as plain JSON numbers without trailing zeros (100, not 100.00) and without binary artefacts.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape, quoteattr

Body = dict[str, Any]

_HALF = re.compile(r"\\u[dD][89a-fA-F]")
_NAMESPACE = "http://schema.intuit.com/finance/v3"


def parse(raw: bytes | str) -> Any:
    """JSON text to values; numbers with a point become Decimal. Raises `ValueError` for what is none, and where an escape
    is half a character beyond the basic plane: no UTF-8 can hold that."""
    value = json.loads(raw, parse_float=Decimal, parse_constant=_refuse_constant)
    if _HALF.search(raw if isinstance(raw, str) else raw.decode("utf-8", "surrogatepass")):
        json.dumps(value, default=str, ensure_ascii=False).encode()  # UnicodeEncodeError is a ValueError
    return value


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _number(value: Any) -> Any:
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} does not belong on the wire")
    if value == value.to_integral_value():
        return int(value)
    # The shortest text that reads back as this double is the decimal itself up to 15 digits, and `fields` admits no longer ones.
    return float(value)


def dumps(value: Any) -> str:
    return json.dumps(value, default=_number, ensure_ascii=False, separators=(",", ":"))


def money(value: Any) -> Decimal:
    """A stored or received number as a Decimal."""
    return value if isinstance(value, Decimal) else Decimal(value)


def xml_envelope(body: Body) -> str:
    """The same answer as XML, as QBO gives it to whoever does not ask for JSON."""
    time = body.get("time", "")
    inner = "".join(_element(name, value) for name, value in body.items() if name != "time")
    return f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><IntuitResponse xmlns="{_NAMESPACE}" time={quoteattr(str(time))}>{inner}</IntuitResponse>'


def _element(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return "".join(_element(name, part) for part in value)
    if isinstance(value, dict):
        return _object(name, value)
    return f"<{name}>{escape(_text(value))}</{name}>"


def _object(name: str, value: Body) -> str:
    # XML attributes where QBO's schema has them; a reference is text with a name attribute.
    names = (
        "type",
        "code",
        "element",
        "domain",
        "sparse",
        "status",
        "startPosition",
        "maxResults",
        "totalCount",
        "bId",
    )
    attributes = "".join(
        f" {key}={quoteattr(_text(value[key]))}" for key in names if key in value and value[key] is not None
    )
    if "value" in value:
        label = f" name={quoteattr(str(value['name']))}" if "name" in value else ""
        return f"<{name}{label}>{escape(_text(value['value']))}</{name}>"
    inner = "".join(_element(key, part) for key, part in value.items() if key not in names)
    return f"<{name}{attributes}>{inner}</{name}>"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(_number(value)) if isinstance(value, Decimal) else str(value)
