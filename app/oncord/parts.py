"""Reading of many records in parts: what is more than an answer may hold is asked for in smaller ones."""

from collections.abc import Sequence

from app.domain.model.exchange import Document
from app.json_values import text
from app.oncord.answers import items_in, list_in, object_in
from app.oncord.site import AnswerTooLarge, Site


async def read_page(site: Site, path: str, params: dict[str, str]) -> Document:
    """One page; where that many records are more than an answer holds, of fewer: `limit` says so to the pages that follow."""
    while True:
        try:
            return object_in(await site.get(path, params))
        except AnswerTooLarge:
            if params["limit"] == "1":
                raise
            params["limit"] = str(max(1, int(params["limit"]) // 5))


async def read_named(site: Site, path: str, ids: Sequence[str]) -> tuple[list[Document], list[str]]:
    """Some records by id, and the ids that the site does not know; in halves where they are more than an answer holds."""
    try:
        answer = await site.get(path, {"ids": ",".join(ids)})
    except AnswerTooLarge:
        if len(ids) == 1:
            raise
        middle = len(ids) // 2
        first, second = await read_named(site, path, ids[:middle]), await read_named(site, path, ids[middle:])
        return first[0] + second[0], first[1] + second[1]
    return items_in(answer), list(map(text, list_in(answer, "missing")))
