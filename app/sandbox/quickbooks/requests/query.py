"""Runs a parsed query over one company's tables; uses the indexes for ids, names, numbers, customers and change times."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from app.sandbox.quickbooks.books.company import Company
from app.sandbox.quickbooks.books.tables import INDEXED, Record, folded
from app.sandbox.quickbooks.clock import parse_date, parse_moment
from app.sandbox.quickbooks.requests import queryable
from app.sandbox.quickbooks.requests.query_language import Condition, Query, parse
from app.sandbox.quickbooks.requests.views import queried
from app.sandbox.quickbooks.requests.writes import BY_PATH
from app.sandbox.quickbooks.tax.taxes import PSEUDO_CODES
from app.sandbox.quickbooks.values import faults
from app.sandbox.quickbooks.values.members import MEMBERS
from app.sandbox.quickbooks.values.wire import Body

LARGEST = 1000
Predicate = Callable[[Record], bool]


def run(company: Company, statement: str) -> Body:
    """The `QueryResponse` for a statement.

    Raises `FaultError` (4001) for an unknown entity and for a page out of range.
    """
    query = parse(statement)
    entity = BY_PATH.get(query.entity.lower())
    if entity is None:
        raise faults.bad_query(f"Entity {query.entity} not found")
    if query.start < 1:
        raise faults.bad_query(f"value {query.start} is too small. Min allowed value is 1")
    if not 0 <= query.limit <= LARGEST:
        raise faults.bad_query(f"value {query.limit} is too large. Max allowed value is {LARGEST}")
    found = _matching(company, entity, query)
    beyond: list[Record] = []
    if entity == "TaxCode":
        beyond = [record for record in found if record.id in PSEUDO_CODES]
        found = [record for record in found if record.id not in PSEUDO_CODES]
    if query.count:
        return {"totalCount": len(found)}
    rows = _sorted(entity, query, found)[query.start - 1 : query.start - 1 + query.limit]
    if query.start == 1:  # they come on top of the page
        rows = beyond + rows
    if not rows:
        return {}
    answer: Body = {entity: [_projected(entity, queried(entity, record), query.fields) for record in rows]}
    answer.update(startPosition=query.start, maxResults=len(rows))
    if entity in queryable.COUNTS:
        answer["totalCount"] = len(rows)
    return answer


def _property(entity: str, name: str) -> tuple[str, str]:
    try:
        return queryable.BY_NAME[entity][name.lower()]
    except KeyError:
        raise faults.bad_query(f"Property {name} not found for Entity {entity}") from None


def _matching(company: Company, entity: str, query: Query) -> list[Record]:
    table = company.table(entity)
    conditions = [(*_property(entity, condition.property), condition) for condition in query.where]
    predicates = [_predicate(name, kind, condition, company) for name, kind, condition in conditions]
    if entity in queryable.HIDES_INACTIVE and not any(name == "Active" for name, _, _ in conditions):
        predicates.append(lambda record: record.body.get("Active") is not False)
    lag = company.hazards.on("read_lag")
    if lag is not None and any(name == "MetaData.LastUpdatedTime" for name, _, _ in conditions):
        horizon = company.now().timestamp() - float(lag["seconds"])
        predicates.append(lambda record: record.updated <= horizon)
    rows: Iterable[Record] = table.rows.values()
    for name, _, condition in conditions:
        if name == "Id":
            wanted = dict.fromkeys(condition.values)
            rows = [table.rows[identifier] for identifier in wanted if identifier in table.rows]
            break
        if name in INDEXED and condition.operator in ("=", "IN") and all(folded(value) for value in condition.values):
            rows = [
                record for value in dict.fromkeys(map(folded, condition.values)) for record in table.find(name, value)
            ]
            break
        if name == "MetaData.LastUpdatedTime" and condition.operator in (">", ">="):
            rows = table.since(int(_moment(condition.values[0])))
            break
    return [record for record in rows if all(test(record) for test in predicates)]


def _predicate(name: str, kind: str, condition: Condition, company: Company) -> Predicate:
    operator, get = condition.operator, _getter(name, kind)
    if kind == queryable.ID and operator not in ("=", "IN"):
        raise faults.bad_query("Id supports only = and IN")
    if operator == "LIKE":
        if kind != queryable.TEXT:
            raise faults.bad_query(f"LIKE is not supported for {name}")
        return _like(get, condition.values[0])
    values = [_value(kind, name, value, company) for value in condition.values]
    if operator == "IN":
        wanted = set(values)
        return lambda record: get(record) in wanted
    value = values[0]
    if operator == "!=":
        return lambda record: get(record) != value
    if operator == "=":
        if kind == queryable.TEXT and value == "":
            return lambda record: get(record) in (None, "")
        return lambda record: get(record) == value
    comparisons: dict[str, Callable[[Any, Any], bool]] = {
        "<": lambda a, b: a < b,
        ">": lambda a, b: a > b,
        "<=": lambda a, b: a <= b,
        ">=": lambda a, b: a >= b,
    }
    compare = comparisons[operator]
    return lambda record: (stored := get(record)) is not None and compare(stored, value)


def _like(get: Callable[[Record], Any], pattern: str) -> Predicate:
    """Only % is a wildcard."""
    parts = pattern.strip().lower().split("%")
    if len(parts) == 1:
        return lambda record: get(record) == parts[0]
    first, *middle, last = parts

    def test(record: Record) -> bool:
        stored = get(record)
        if (
            stored is None
            or not stored.startswith(first)
            or not stored.endswith(last)
            or len(stored) < len(first) + len(last)
        ):
            return False
        at, end = len(first), len(stored) - len(last)
        for part in middle:
            at = stored.find(part, at, end)
            if at < 0:
                return False
            at += len(part)
        return True

    return test


def _getter(name: str, kind: str) -> Callable[[Record], Any]:
    if name == "MetaData.LastUpdatedTime":
        return lambda record: record.updated
    if name == "MetaData.CreateTime":
        return lambda record: _moment(record.body["MetaData"]["CreateTime"])
    if kind == queryable.REF:
        return lambda record: (record.body.get(name) or {}).get("value")
    if kind == queryable.TEXT:
        return lambda record: _text(record.body.get(name.partition(".")[0]))
    if kind == queryable.FLAG:
        return lambda record: bool(record.body.get(name, False))
    return lambda record: record.body.get(name)


def _text(value: Any) -> str | None:
    if isinstance(value, dict):
        value = value.get("Address") or value.get("FreeFormNumber") or value.get("name")
    return None if value is None else str(value).strip().lower()


def _value(kind: str, name: str, value: str, company: Company) -> Any:
    try:
        if value.lower() == "current_date":
            value = company.today()
        if kind == queryable.NUMBER:
            return Decimal(value)
        if kind == queryable.DATE:
            return parse_date(value).isoformat()
        if kind == queryable.TIME:
            return int(_moment(value))  # stamps have whole seconds
        if kind == queryable.FLAG:
            return {"true": True, "false": False}[value.lower()]
    except (InvalidOperation, ValueError, KeyError):
        raise faults.bad_query(f"Invalid value '{value}' for property {name}") from None
    return value.strip().lower() if kind == queryable.TEXT else value


@lru_cache(maxsize=4096)
def _moment(text: str) -> float:
    try:
        return parse_moment(text).timestamp()
    except ValueError:
        raise faults.bad_query(f"Invalid value '{text}' for a date and time") from None


def _sorted(entity: str, query: Query, rows: list[Record]) -> list[Record]:
    if not query.order:
        if entity in queryable.NEWEST_FIRST:
            rows.sort(key=lambda record: record.updated)
            rows.reverse()
        elif entity in queryable.NAME_ORDER:
            key = queryable.NAME_ORDER[entity]
            rows.sort(key=lambda record: str(record.body[key]).lower())
        return rows
    for name, descending in reversed(query.order):
        known, kind = _property(entity, name)
        rows.sort(key=_sort_key(known, kind), reverse=descending)
    return rows


def _sort_key(name: str, kind: str) -> Callable[[Record], Any]:
    if kind == queryable.ID:
        return lambda record: (0, int(record.id), "") if record.id.isdigit() else (1, 0, record.id)
    get = _getter(name, kind)

    def key(record: Record) -> tuple[bool, Any]:
        value = get(record)
        return (value is not None, value if value is not None else 0)

    return key


def _projected(entity: str, body: Body, fields: list[str]) -> Body:
    if not fields:
        return body
    roots = {name.partition(".")[0].lower() for name in fields}
    known = {name.lower() for name in body} | {name.partition(".")[0].lower() for name in queryable.PROPERTIES[entity]}
    unknown = [
        name
        for name in fields
        if name.partition(".")[0].lower() not in known | {"line", "metadata", "synctoken", "privatenote"}
    ]
    if unknown and not _plausible(entity, unknown[0]):
        raise faults.bad_query(f"Property {unknown[0]} not found for Entity {entity}")
    kept = {name: value for name, value in body.items() if name.lower() in roots}
    return {"domain": "QBO", "sparse": True, **kept}


def _plausible(entity: str, name: str) -> bool:
    return name.partition(".")[0].lower() in {known.lower() for known in MEMBERS[entity]}
