"""Every list as CSV, too: `?format=csv` writes all of it from the cursor on, a page at a time, so that its length does not matter.

The columns are the members of an item in their order, those of a part after the part's name and a dot; what has several values
stands as JSON.
"""

import functools
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, Literal, ParamSpec, TypeVar, Union, cast, get_args, get_origin

from fastapi import Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from app.services.archives import BOM, csv_line
from app.storage.paging import MAX_LIMIT

Asked = ParamSpec("Asked")
Listed = TypeVar("Listed", bound=BaseModel)
Shape = Annotated[
    Literal["json", "csv"],
    Query(
        alias="format",
        description="`csv`: all of the list from `cursor` on, in UTF-8 with a BOM; `limit` says nothing then.",
    ),
]
MEDIA_TYPE = "text/csv"
Columns = Mapping[str, Callable[[Any], Any]]
"""By their headings, in order: what of an item stands in each."""


def csv_of(page: type[BaseModel], *, name: str) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI entry of a list that is to be had as CSV."""
    header = csv_line(columns_of(_item_of(page))).decode()
    content = {MEDIA_TYPE: {"schema": {"type": "string"}, "example": header}}
    return {200: {"description": f"A page of them; with `format=csv` a file {name}.csv.", "content": content}}


def also_as_csv(name: str) -> Callable[[Callable[Asked, Awaitable[Listed]]], Callable[Asked, Awaitable[Listed]]]:
    """An endpoint that answers a page of a list answers all of it as `name`.csv where `format=csv` asks for that."""

    def decorate(endpoint: Callable[Asked, Awaitable[Listed]]) -> Callable[Asked, Awaitable[Listed]]:
        signature = inspect.signature(endpoint)
        page = signature.return_annotation
        known = signature.parameters

        @functools.wraps(endpoint)
        async def answer(*args: Any, shape: str = "json", **values: Any) -> Any:
            if shape == "json":
                return await endpoint(*args, **values)

            async def page_at(cursor: str | None) -> BaseModel:
                at = {"cursor": cursor, "limit": MAX_LIMIT} if "cursor" in known else {}
                return await endpoint(*args, **{**values, **at})

            return await as_csv(name, page, page_at, values.get("cursor"))

        asks = inspect.Parameter("shape", inspect.Parameter.KEYWORD_ONLY, default="json", annotation=Shape)
        answer.__dict__["__signature__"] = signature.replace(parameters=[*known.values(), asks])
        return cast("Callable[Asked, Awaitable[Listed]]", answer)

    return decorate


async def as_csv(
    name: str,
    page: type[BaseModel],
    page_at: Callable[[str | None], Awaitable[BaseModel]],
    cursor: str | None = None,
    columns: Columns | None = None,
) -> StreamingResponse:
    """A list as a file. Its first page is read before anything is answered, so that a refusal is one.

    `columns`: those of people, by their heading; else they are the members of an item.
    """
    first = await page_at(cursor)
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    lines = _lines(columns, page_at, first) if columns else _lines(_members(_item_of(page)), page_at, first, plain=True)
    return StreamingResponse(lines, media_type=f"{MEDIA_TYPE}; charset=utf-8", headers=headers)


async def _lines(
    columns: Columns, page_at: Callable[[str | None], Awaitable[BaseModel]], first: BaseModel, *, plain: bool = False
) -> AsyncIterator[bytes]:
    """`plain`: what stands in a column is taken out of an item as JSON has it."""
    yield BOM + csv_line(columns)
    found: Any = first
    while True:
        items = (item.model_dump(mode="json") if plain else item for item in found.items)
        yield b"".join(csv_line(cell_of(item) for cell_of in columns.values()) for item in items)
        cursor = getattr(found, "next_cursor", None)
        if cursor is None:
            return
        found = await page_at(cursor)


def columns_of(item: type[BaseModel]) -> tuple[str, ...]:
    """What the columns of a list of these are called."""
    return tuple(_columns(item))


def _columns(model: type[BaseModel], before: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        part = _part(field.annotation)
        if part is None:
            yield f"{before}{name}"
        else:
            yield from _columns(part, f"{before}{name}.")


def _part(annotation: Any) -> type[BaseModel] | None:
    """The shape of a member that is one, or nothing; None where it is a plain value or several."""
    or_nothing = get_origin(annotation) in (Union, UnionType)
    kinds = [each for each in get_args(annotation) if each is not type(None)] if or_nothing else [annotation]
    only = kinds[0] if len(kinds) == 1 else None
    return only if inspect.isclass(only) and issubclass(only, BaseModel) else None


def _members(item: type[BaseModel]) -> Columns:
    """The members of an item, each as JSON writes it."""
    return {column: functools.partial(_member, column.split(".")) for column in columns_of(item)}


def _member(path: Sequence[str], plain: Any) -> Any:
    for name in path:
        plain = plain.get(name) if isinstance(plain, Mapping) else None
    return plain


def _item_of(page: type[BaseModel]) -> type[BaseModel]:
    item: type[BaseModel] = get_args(page.model_fields["items"].annotation)[0]
    return item
