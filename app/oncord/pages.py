"""Where a person finds a record in Oncord's own screens, as the site itself says (docs/oncord.md, `record_url`). Pure."""

from urllib.parse import quote, urlsplit

LONGEST = 2000
_KINDS = {
    "contact": "contact",
    "item": "product",
    "sale": "sale",
    "adjustment": "sale",
    "receipt": "receipt",
    "refund": "receipt",
}
"""What the template calls each sort of record."""


def template_in(said: str) -> str:
    """The template that a site says, where it is an address on the web that names a record; "" for anything else, which nobody
    is to be led to."""
    try:
        parts = urlsplit(said)
    except ValueError:
        return ""
    usable = parts.scheme in ("https", "http") and bool(parts.hostname) and "{" not in parts.netloc
    return said if usable and "{id}" in said and len(said) <= LONGEST else ""


def page_at(template: str, sort: str, record_id: str) -> str:
    """The address of a record's page; "" where the site does not say how to find one."""
    if not template or sort not in _KINDS or not record_id:
        return ""
    return template.replace("{kind}", _KINDS[sort]).replace("{id}", quote(record_id, safe=""))
