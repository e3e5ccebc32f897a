"""Where a webhook may be sent to: the same addresses as those of shops (`app.oncord.address`), with a question mark if need be."""

from app.errors import InvalidInput
from app.oncord.address import check_url


def check_address(url: str, *, allow_private: bool) -> str:
    """The address as it is kept; raises InvalidInput where this service may not call it."""
    plain, asks, query = url.strip().partition("?")
    if "#" in url or not query.isascii() or not query.isprintable() or " " in query:
        raise _unusable(
            "The address must be a plain one: no number sign, and nothing but plain letters behind a question mark.",
            allow_private,
        )
    try:
        checked = check_url(plain, allow_private=allow_private)
    except InvalidInput as refused:
        raise _unusable(" ".join(refused.fields.values()), allow_private) from refused
    return f"{checked}{'/' if plain.endswith('/') else ''}{asks}{query}"


def _unusable(sentence: str, allow_private: bool) -> InvalidInput:
    advice = f"Enter the {'' if allow_private else 'public https '}address that takes the messages."
    return InvalidInput("invalid-address", f"{sentence} {advice}", fields={"address": sentence})
