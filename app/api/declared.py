"""What somebody sends says what they mean: a parameter that an address does not have, or what stands twice, is refused by its name.

Otherwise a misspelt one, or the one of two that was not meant, would do something else without a word.
"""

import json
from collections import Counter
from typing import Any

from fastapi import Request
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query
from fastapi.routing import APIRoute

from app.api.auth import CallerOf
from app.errors import InvalidInput

_SAID = "What was sent cannot be used; `errors` says which field and why."


async def as_declared(request: Request, _: CallerOf) -> None:
    """Refuse whoever may open an address, and sends a parameter that it does not have, or a parameter or a member twice.

    Raises `InvalidInput`, which names each.
    """
    route: APIRoute = request.scope["route"]
    known: dict[int, tuple[str, ...]] = request.app.state.parameters
    if id(route) not in known:
        known[id(route)] = parameters_of(route)
    wrong = _wrong_parameters(request, known[id(route)])
    if not wrong and route.body_field is not None:
        wrong = _members_twice(await request.body())
    if wrong:
        raise InvalidInput("invalid-input", _SAID, fields=wrong)


def parameters_of(route: APIRoute) -> tuple[str, ...]:
    """The names that a route has for what stands behind the question mark."""
    fields = get_flat_params(route.dependant)
    return tuple(field.alias for field in fields if isinstance(field.field_info, Query))


def _wrong_parameters(request: Request, known: tuple[str, ...]) -> dict[str, str]:
    there = f"There are: {', '.join(known)}." if known else "There is none."
    given = Counter(name for name, _ in request.query_params.multi_items())
    twice = {
        name: "This parameter stands more than once: leave one of them." for name, times in given.items() if times > 1
    }
    return twice | {name: f"There is no such parameter here. {there}" for name in given if name not in known}


class _TwiceError(ValueError):
    """A member that stands twice in one object."""


def _members_twice(body: bytes) -> dict[str, str]:
    """The first member that stands twice; a body that is no JSON was refused before."""
    try:
        json.loads(body, object_pairs_hook=_once)
    except _TwiceError as twice:
        return {str(twice): "This member stands more than once: leave one of them."}
    except (ValueError, RecursionError):
        pass
    return {}


def _once(members: list[tuple[str, Any]]) -> None:
    names = set[str]()
    for name, _ in members:
        if name in names:
            raise _TwiceError(name)
        names.add(name)
