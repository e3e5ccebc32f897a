"""What the pages in docs/ say is there: every address, hazard, member and setting, and wherever a reference leads."""

import re
from collections.abc import Iterator
from pathlib import Path

from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.routing import Route

from app.sandbox.oncord import connector, records, sale, shop_page, side_door, side_records
from app.sandbox.oncord.hazards import KINDS
from app.sandbox.quickbooks import World as QuickBooksWorld
from app.sandbox.quickbooks import create_app as create_quickbooks
from app.sandbox.quickbooks.hazard_catalogue import CATALOGUE
from app.settings import Settings

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"

Door = tuple[str, str]
"""A verb and an address, whose parameters have no names: ("GET", "/_sandbox/sites/{}")."""

CODE = re.compile(r"`([^`]+)`")
HEADING = re.compile(r"^(#+) (.+)$")


def _sections(page: str) -> dict[str, list[str]]:
    """The lines below each heading of a page, under the path of headings that leads there: "QuickBooks/Side door"."""
    found: dict[str, list[str]] = {}
    path: list[str] = []
    for line in (DOCS / page).read_text().splitlines():
        if heading := HEADING.match(line):
            path = [*path[: len(heading[1]) - 2], heading[2]] if len(heading[1]) > 1 else []
        else:
            found.setdefault("/".join(path), []).append(line)
    return found


def _rows(lines: list[str]) -> Iterator[list[str]]:
    """The cells of the tables among some lines, without their heads."""
    for line, before in zip(lines, ["", *lines], strict=False):
        if line.startswith("|") and before.startswith("|") and not line.startswith("|---"):
            yield [cell.strip() for cell in line.strip("|").split("|")]


def _named(lines: list[str]) -> set[str]:
    """What the first cells of a table name."""
    return {name for row in _rows(lines) for name in CODE.findall(row[0])}


def _bare(address: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", address)


def _told(lines: list[str], prefix: str = "") -> set[Door]:
    """The doors of a table whose first cell has the verbs and whose second the address."""
    return {(verb, _bare(prefix + CODE.findall(row[1])[0])) for row in _rows(lines) for verb in CODE.findall(row[0])}


def _quickbooks_doors() -> set[Door]:
    routes = [route for route in create_quickbooks(QuickBooksWorld()).routes if isinstance(route, Route)]
    return {(verb, _bare(route.path)) for route in routes for verb in (route.methods or set()) - {"HEAD"}}


def _oncord_doors() -> set[Door]:
    rooms = (connector, side_door, side_records, shop_page)
    routes = [route for room in rooms for route in room.router.routes if isinstance(route, APIRoute)]
    return {(verb, _bare(route.path)) for route in routes for verb in route.methods}


def test_every_address_of_the_quickbooks_simulator_is_on_its_page_and_none_besides() -> None:
    page = _sections("simulators.md")
    told = _told(page["QuickBooks/What the vendor has"]) | _told(page["QuickBooks/Side door"])

    assert told == _quickbooks_doors()


def test_every_address_of_the_oncord_simulator_is_on_its_page_and_none_besides() -> None:
    page, contract = _sections("simulators.md"), _sections("oncord.md")["2. Conventions and calls"]
    calls = contract[: _at(contract, "**Reading.**")]
    told = _told(page["Oncord/What the site has"]) | _told(page["Oncord/Side door"])

    assert told | _told(calls, connector.PREFIX) == _oncord_doors()


def _at(lines: list[str], beginning: str) -> int:
    return next(number for number, line in enumerate(lines) if line.startswith(beginning))


def test_every_hazard_is_on_the_page_of_the_simulators_and_none_besides() -> None:
    page = _sections("simulators.md")

    assert _named(page["QuickBooks/Hazards"]) == set(CATALOGUE)
    assert _named(page["Oncord/Hazards"]) == set(KINDS)


def test_every_member_of_the_connector_contract_is_on_its_page_and_none_besides() -> None:
    lines = _sections("oncord.md")["3. Records"]
    told = {row[0]: set(" ".join(CODE.findall(row[1])).split()) for row in _rows(lines) if row[0][0] != "`"}
    stamp = set(records.Stamp.model_fields)
    models: dict[str, type[BaseModel]] = {
        **{name: getattr(records, name) for name in ("Contact", "Address", "Receipt", "Allocation")},
        **{name: getattr(records, name) for name in ("PaymentMethod", "TaxCode", "Product")},
        **{name: getattr(sale, name) for name in ("Sale", "SaleLine", "OrderDiscount", "Shipping")},
    }

    for name, model in models.items():
        own = stamp if issubclass(model, records.Stamp) else set()
        assert told[name] == set(model.model_fields) - own, name


def test_every_setting_is_on_its_page_with_its_default_and_none_besides() -> None:
    told = {CODE.findall(row[0])[0]: row[1].strip("`") for row in _rows(_sections("settings.md")[""])}
    defaults = {name.upper(): field.default for name, field in Settings.model_fields.items()}

    assert told == {name: _written(default) for name, default in defaults.items()}


def _written(default: object) -> str:
    """A default as one would write it into the environment."""
    return "" if default == () else str(default).lower() if isinstance(default, bool) else str(default)


def test_every_setting_is_in_the_example_too() -> None:
    words = set(re.findall(r"^#?([A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))

    assert words == {name.upper() for name in Settings.model_fields}
