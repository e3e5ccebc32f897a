"""The API's interactive page: Swagger UI out of a wheel, started by a script of ours, so that the policy needs no exception."""

from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.console.rendered_once import public_page
from app.console.session import PageRoute

SWAGGER_UI = Path(str(files("fastapi_offline"))) / "static"
"""The distribution of Swagger UI, as `fastapi-offline` carries it. Its own page is not used: it starts by an inline script."""

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/docs")
async def interactive(request: Request) -> Response:
    """Every operation, to be tried with a key (*Authorize*). Whoever has no script reads the same at /reference."""
    return await public_page(request, "docs.html")
