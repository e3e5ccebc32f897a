"""What the pages in docs/ say is there: every address, hazard, member and setting, and wherever a reference leads."""

import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.routing import Route

from app.domain.model.rules import RULES
from app.sandbox.oncord import connector, records, sale, shop_page, side_door, side_records
from app.sandbox.oncord.hazards import KINDS
from app.sandbox.quickbooks import World as QuickBooksWorld
from app.sandbox.quickbooks import create_app as create_quickbooks
from app.sandbox.quickbooks.hazards.catalogue import CATALOGUE
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


NOT_IN_COMPOSE = {
    "MIGRATION_DATABASE_URL", "QUICKBOOKS_API_URL", "QUICKBOOKS_AUTHORIZE_URL", "QUICKBOOKS_TOKEN_URL",
    "QUICKBOOKS_REVOKE_URL", "ALLOW_PRIVATE_ONCORD_URLS", "ALLOW_WEAK_SETTINGS",
}  # fmt: skip
"""The migration's own; and what is only for a simulator, a proxy or development."""


def test_every_setting_reaches_the_containers() -> None:
    compose = (ROOT / "docker-compose.yml").read_text()
    listed = compose[compose.index("x-settings:") : compose.index("services:")]
    named = set(re.findall(r"^  ([A-Z0-9_]+):", listed, re.MULTILINE))

    assert named == {name.upper() for name in Settings.model_fields} - NOT_IN_COMPOSE


REFERENCE = re.compile(
    r"\blaws? (?P<law>\d+(?:(?:,| to| and) \d+)*)"
    r"|\b(?P<id>[A-CFIRST]\d{1,2})\b(?!\.\d)"
    r"|\bdocs/(?P<page>[\w/-]+\.md)(?P<section> (?:sections? )?\d+(?:\.\d+)?(?:(?:,| to| and) \d+(?:\.\d+)?)*)?"
    r"|\bsections? (?P<bare>\d+(?:\.\d+)?)"
    r"|\b(?P<elsewhere>(?:design|proof|sandbox|peers|style|quickbooks-api|oncord-connector-api)\.md|fact sheet|design \d)"
    r"|`(?P<path>(?:app|tests|alembic|workers)/[\w/.-]+)(?:::(?P<test>\w+))?`"
    r"|\]\((?P<link>[^)#\s]*)(?:#(?P<anchor>[^)\s]+))?\)",
    re.IGNORECASE,
)
"""Everything by which a text can refer to something else. An id is only one where it is written in capitals."""

NUMBER = re.compile(r"\d+(?:\.\d+)?")
RULE_OF_A_TEST = re.compile(r"\bdef test_([a-z]\d{1,2})_")
RULE_AS_A_VALUE = re.compile(r"[CSRT]\d{1,2}$|[A-CFIRST]\d{1,2}(?=: )|law \d+(?=: )")
STRINGS = {tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)}
"""The words of an f-string are a token of their own from Python 3.12 on."""


def _targets() -> tuple[set[str], set[str]]:
    """The numbers of the laws, and every id that something may be cited by: invariants, rules and faults."""
    page = _sections("laws.md")
    laws, invariants = ({row[0] for row in _rows(page[name])} for name in ("The laws", "The invariants"))
    faults = {row[0] for row in _rows(_sections("faults.md")[""])}
    return laws, invariants | faults | _rules()


def _rules() -> set[str]:
    return {row[0] for row in _rows(_sections("rules.md")["1. The numbered rules"])}


LAWS, IDS = _targets()


def _numbers_of(page: Path) -> set[str]:
    """What may be cited of a page: the numbers of its headings, and those that begin a row of a table."""
    found = re.findall(r"^(?:#+ (\d+(?:\.\d+)*)\.?|\| (\d+\.\d+) \|)", page.read_text(), re.MULTILINE)
    return {number for each in found for number in each if number}


def _anchors_of(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _prose(path: Path) -> Iterator[tuple[int, str]]:
    """The numbered lines of a file in which one refers to something: all of a page, comments and docstrings of code."""
    text = path.read_text()
    if path.suffix == ".md":
        yield from enumerate(text.splitlines(), 1)
    elif path.suffix == ".py":
        yield from _prose_of_code(path)
    else:
        yield from ((n, line.partition("#")[2]) for n, line in enumerate(text.splitlines(), 1) if "#" in line)


def _prose_of_code(path: Path) -> Iterator[tuple[int, str]]:
    """Also rules as values ("S3"), what a fault is called ("I6: ..."), and the rules that tests are named after."""
    with path.open("rb") as file:
        for token in tokenize.tokenize(file.readline):
            begins = token.string.lstrip("rf").startswith('"""')
            if token.type == tokenize.COMMENT or (token.type == tokenize.STRING and begins):
                yield from enumerate(token.string.splitlines(), token.start[0])
            elif token.type in STRINGS:
                words = token.string.lstrip("rf").strip("\"'")
                if match := RULE_AS_A_VALUE.match(words):
                    yield token.start[0], match[0]
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if named := RULE_OF_A_TEST.search(line):
            yield number, named[1].upper()


def _dead(path: Path) -> Iterator[str]:
    """The references of a file that lead nowhere, as "file:line: reference"."""
    for number, line in _prose(path):
        for match in REFERENCE.finditer(line):
            if not _leads_somewhere(match, path):
                shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path.name
                yield f"{shown}:{number}: {match[0].strip()}"


def _leads_somewhere(match: re.Match[str], path: Path) -> bool:
    part = match.groupdict()
    if part["law"]:
        return set(NUMBER.findall(part["law"])) <= LAWS
    if part["id"]:
        return part["id"] in IDS or not part["id"][0].isupper()
    if part["page"]:
        page = DOCS / part["page"]
        return page.is_file() and set(NUMBER.findall(part["section"] or "")) <= _numbers_of(page)
    if part["bare"]:
        return path.is_relative_to(DOCS) and part["bare"] in _numbers_of(path)
    if part["path"]:
        place = ROOT / part["path"]
        return place.exists() and (not part["test"] or f"def {part['test']}(" in place.read_text())
    if part["elsewhere"] or path.suffix != ".md":
        return not part["elsewhere"]
    return _link_leads_somewhere(part["link"], part["anchor"], path)


def _link_leads_somewhere(link: str, anchor: str | None, path: Path) -> bool:
    if link.startswith(("http://", "https://", "mailto:")):
        return True
    target = (path.parent / link).resolve() if link else path
    return target.exists() and (anchor is None or anchor in _anchors_of(target))


def _texts() -> list[Path]:
    """Every file of this project in which people read."""
    code = [path for room in ("app", "workers", "tests", "alembic") for path in (ROOT / room).rglob("*.py")]
    pages = [*ROOT.glob("*.md"), *DOCS.rglob("*.md")]
    others = [
        ROOT / name for name in ("Makefile", "pyproject.toml", ".env.example", "docker-compose.yml", "Dockerfile")
    ]
    return sorted([*code, *pages, *others, *(ROOT / "tests").rglob("*.diff")])


def test_every_reference_leads_somewhere() -> None:
    dead = [found for path in _texts() if path != Path(__file__) for found in _dead(path)]

    assert dead == [], "\n".join(["these lead nowhere:", *dead])


BROKEN = '''"""Nobody keeps law 99, I77 or S9; see docs/nowhere.md and docs/rules.md 77 (and section 3)."""

# design.md says it, in laws 1 to 44
rule, fault = "R9", f"F99: {1}"


def test_t9_something() -> None: ...
'''


def test_a_broken_reference_is_named_with_its_file_and_line(tmp_path: Path) -> None:
    code, page = tmp_path / "code.py", tmp_path / "page.md"
    code.write_text(BROKEN)
    page.write_text("[a](nowhere.md) and [b](#nothing), law 98\n`tests/test_docs.py::test_nothing`, `app/nowhere.py`\n")

    assert sorted(_dead(code)) == [
        "code.py:1: I77",
        "code.py:1: S9",
        "code.py:1: docs/nowhere.md",
        "code.py:1: docs/rules.md 77",
        "code.py:1: law 99",
        "code.py:1: section 3",
        "code.py:3: design.md",
        "code.py:3: laws 1 to 44",
        "code.py:4: F99",
        "code.py:4: R9",
        "code.py:7: T9",
    ]
    assert sorted(_dead(page)) == [
        "page.md:1: ](#nothing)",
        "page.md:1: ](nowhere.md)",
        "page.md:1: law 98",
        "page.md:2: `app/nowhere.py`",
        "page.md:2: `tests/test_docs.py::test_nothing`",
    ]


def test_the_rules_of_the_code_are_those_of_the_page() -> None:
    assert set(RULES) == _rules()


def test_every_page_is_listed_in_the_index_and_every_decision_in_the_readme() -> None:
    pages = set(re.findall(r"\]\(([\w/-]+\.md)\)", (DOCS / "README.md").read_text()))
    decisions = set(
        re.findall(r"^- \[.+\]\(docs/decisions/([\w-]+\.md)\)", (ROOT / "README.md").read_text(), re.MULTILINE)
    )

    found = {str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md") if page.parent.name != "decisions"}
    assert pages == found - {"README.md"}
    assert decisions == {page.name for page in (DOCS / "decisions").glob("*.md")}


ASVS = {
    "V1.1": "22", "V1.2": "111112222", "V1.3": "11222222222", "V1.4": "222", "V1.5": "12", "V2.1": "122", "V2.2": "112",
    "V2.3": "1222", "V2.4": "2", "V3.2": "11", "V3.3": "1222", "V3.4": "112222", "V3.5": "11122", "V3.7": "22", "V4.1": "122",
    "V4.2": "2", "V4.3": "22", "V4.4": "1222", "V5.1": "2", "V5.2": "112", "V5.3": "11", "V5.4": "222", "V6.1": "122",
    "V6.2": "111111112222", "V6.3": "1122", "V6.4": "1122", "V6.5": "22222", "V6.6": "222", "V6.8": "2222", "V7.1": "222",
    "V7.2": "1111", "V7.3": "22", "V7.4": "11222", "V7.5": "22", "V7.6": "22", "V8.1": "12", "V8.2": "112", "V8.3": "1",
    "V8.4": "2", "V9.1": "111", "V9.2": "1222", "V10.1": "22", "V10.2": "22", "V10.3": "2222", "V10.4": "11111222222",
    "V10.5": "22222", "V10.6": "22", "V10.7": "222", "V11.1": "22", "V11.2": "222", "V11.3": "112", "V11.4": "1222",
    "V11.5": "2", "V11.6": "2", "V12.1": "122", "V12.2": "11", "V12.3": "2222", "V13.1": "2", "V13.2": "22222", "V13.3": "22",
    "V13.4": "12222", "V14.1": "22", "V14.2": "1222", "V14.3": "122", "V15.1": "122", "V15.2": "122", "V15.3": "1222222",
    "V16.1": "2", "V16.2": "22222", "V16.3": "2222", "V16.4": "222", "V16.5": "222", "V17.1": "2", "V17.2": "2222", "V17.3": "22",
}  # fmt: skip
"""The sections of ASVS 5.0.0, with the level of each of their requirements of levels 1 and 2 in turn."""

STANDS = ("pass", "partly", "not met", "not applicable")
FILE = re.compile(
    r"(?:[\w.-]+/)*[\w.-]+\.(?:py|md|yml|yaml|conf|txt|toml|html|sh)|(?:[\w.-]+/)+|Dockerfile|\.dockerignore"
)
SECURITY = ("security.md", "security/asvs.md", "security/inventories.md")


def _requirements() -> list[list[str]]:
    """The rows of ASVS: id, level, what is asked, how it stands, by what it is shown."""
    return [row for name, lines in _sections("security/asvs.md").items() if name for row in _rows(lines)]


def test_every_requirement_of_asvs_stands_on_its_page_once_with_its_level() -> None:
    asked = [
        (f"{section}.{number}", level) for section, levels in ASVS.items() for number, level in enumerate(levels, 1)
    ]

    assert len(asked) == 253
    assert [(row[0], row[1]) for row in _requirements()] == asked


def test_each_requirement_says_how_it_stands_and_the_page_counts_them() -> None:
    rows = _requirements()
    counted = dict(_rows(_sections("security/asvs.md")[""]))

    assert {row[3] for row in rows} <= set(STANDS)
    assert all(row[4] for row in rows)
    assert counted == {name: str(sum(row[3] == name for row in rows)) for name in STANDS}


def test_whatever_is_not_met_is_said_on_the_page_about_security() -> None:
    said = "\n".join(_sections("security.md")["What is not met"])

    assert [row[0] for row in _requirements() if row[3] == "not met" and row[0] not in said] == []


def test_every_file_that_the_pages_about_security_name_is_there() -> None:
    named = {
        word.partition("::")[0]
        for page in SECURITY
        for word in CODE.findall((DOCS / page).read_text())
        if FILE.fullmatch(word.partition("::")[0])
    }

    assert len(named) > 60
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_each_attack_that_was_found_to_work_has_a_test_that_holds_it_off() -> None:
    rows = list(_rows(_sections("security.md")["What was attacked, and what holds it"]))

    assert list(dict.fromkeys(row[0] for row in rows)) == [str(number) for number in range(1, 16)]
    assert [row[1] for row in rows if "`tests/" not in row[2]] == []
