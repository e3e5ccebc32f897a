"""The guides of docs/guides as pages: read as they stand in the repository, with their pictures, under the strict policy."""

from functools import lru_cache
from pathlib import Path
from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from app.console.rendered_once import public_page
from app.console.session import PageRoute

_DOCS = Path(__file__).parents[2] / "docs"
PICTURES = _DOCS / "screenshots"
PICTURES_AT = "/static/screenshots"
"""Where pages find the pictures."""
Guide = Literal["merchant", "bookkeeper"]

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/guides/{guide}")
async def show_guide(request: Request, guide: Guide) -> Response:
    """One guide, for whoever asks: it says nothing that is not public."""
    heading, text = rendered(guide)
    return await public_page(request, "guide.html", heading=heading, text=text)


@lru_cache
def rendered(guide: Guide) -> tuple[str, Markup]:
    """A guide's heading, and all of it as HTML, in which links and pictures lead to pages of this service."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse((_DOCS / "guides" / f"{guide}.md").read_text(encoding="utf-8"))
    heading = next(token.content for token in tokens if token.type == "inline")
    for each in (child for token in tokens for child in token.children or ()):
        _lead_here(each)
    return heading, Markup(parser.renderer.render(tokens, parser.options, {}))  # noqa: S704 - what stands in the repository


def _lead_here(token: Token) -> None:
    """Have a link or a picture lead to the page of this service; a text as it is."""
    if token.type == "link_open":
        token.attrSet("href", f"/guides/{Path(str(token.attrs['href'])).stem}")
    if token.type == "image":
        token.attrSet("src", f"{PICTURES_AT}/{Path(str(token.attrs['src'])).name}")
        token.attrSet("loading", "lazy")
