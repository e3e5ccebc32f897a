"""The simulators' pages for people: plain HTML without script, in the look of the console.

No login and no secrets: a simulator stands on the loopback interface, and its side door is open anyway.
"""

from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse

STYLESHEET = Path(__file__).parents[2] / "console" / "static" / "console.css"
"""The console's own, so that all pages that a newcomer opens look alike."""
DOLLARS = ("AUD", "NZD", "USD", "CAD")


def money(value: Decimal | str, currency: str, home: str) -> str:
    """An amount as a person of the country writes it: "$1,204.50", or "1,204.50 EUR" where it is not the home currency."""
    if currency != home or currency not in DOLLARS:
        return f"{Decimal(value):,} {currency}"
    figures = f"{abs(Decimal(value)):,.2f}"
    return f"-${figures}" if Decimal(value) < 0 else f"${figures}"


_environment = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters["money"] = money


def page(template: str, *, status: int = 200, wrong: str = "", done: str = "", **values: Any) -> HTMLResponse:
    """A page; `wrong` and `done` are sentences that stand above it."""
    text = _environment.get_template(template).render(values, wrong=wrong, done=done)
    return HTMLResponse(text, status)


async def stylesheet(_: Request) -> FileResponse:
    """What all pages look like."""
    return FileResponse(STYLESHEET)


async def sent(request: Request) -> dict[str, str]:
    """The fields of a form that say something."""
    pairs = parse_qsl((await request.body()).decode(errors="replace"))
    return {name: value.strip() for name, value in pairs if value.strip()}


def back(address: str) -> RedirectResponse:
    """To the page again, so that loading it anew sends nothing twice."""
    return RedirectResponse(address, status_code=303)
