"""Names that must be unique, and what happens to them when their bearer is made inactive.

DisplayName is one name space over customers, vendors and employees; items, accounts and the small lists have their own.
An inactive bearer is renamed "X (deleted)", which frees X; made active again it regains X unless somebody took it.
"""

from __future__ import annotations

from app.sandbox.quickbooks.books.company import NAMES, Company
from app.sandbox.quickbooks.books.kinds import Draft
from app.sandbox.quickbooks.books.tables import Record
from app.sandbox.quickbooks.values import faults
from app.sandbox.quickbooks.values.wire import Body

DEEPEST = 5


def name_field(entity: str) -> str:
    return "DisplayName" if entity in NAMES else "Name"


def taken(company: Company, entity: str, name: str, but: Record | None, parent: Body | None = None) -> bool:
    """Whether another bearer has the name. Sub-accounts and sub-items may repeat a name under another parent."""
    for sibling in NAMES if entity in NAMES else (entity,):
        for record in company.table(sibling).find(name_field(entity), name):
            same_place = (
                entity in NAMES
                or entity == "Item"
                or record.body.get("ParentRef", {}).get("value") == (parent or {}).get("value")
            )
            if same_place and record is not but:
                return True
    return False


def settle(draft: Draft, entity: str) -> None:
    """Checks the name of a draft, and renames it when it is being made inactive or active again.

    Raises `FaultError` for characters that QBO does not take and for a name that is taken.
    """
    company, body, before = draft.company, draft.body, draft.before
    field = name_field(entity)
    body[field] = name = str(body[field]).strip()
    if any(character in name for character in ":\t\n"):
        raise faults.bad_characters(field)
    active = body.setdefault("Active", True)
    was_active = before is None or before.body.get("Active", True)
    parent = body.get("ParentRef")
    if was_active and not active:
        original = str(before.body[field]) if before else name
        body[field] = _freed(company, entity, name, before, parent)
        if before is not None:
            before.facts["name"] = original
    elif before is not None and active and not was_active:
        original = str(before.facts.get("name", name))
        if name == before.body[field] and not taken(company, entity, original, before, parent):
            body[field] = name = original
    if taken(company, entity, body[field], before, parent):
        raise faults.duplicate_name()
    body["FullyQualifiedName"] = qualified(company, entity, body)


def _freed(company: Company, entity: str, name: str, but: Record | None, parent: Body | None) -> str:
    candidate, count = f"{name} (deleted)", 0
    while taken(company, entity, candidate, but, parent):
        count += 1
        candidate = f"{name} (deleted {count})"
    return candidate


def qualified(company: Company, entity: str, body: Body) -> str:
    """`Parent:Child`. Raises `FaultError` beyond five levels, and for a circle."""
    names, parent, seen = [str(body[name_field(entity)])], body.get("ParentRef"), 1
    while parent:
        above = company.require(entity, parent, "ParentRef")
        names.append(str(above.body[name_field(entity)]))
        parent = above.body.get("ParentRef")
        seen += 1
        if seen > DEEPEST or above.id == body.get("Id"):
            raise faults.too_deep()
    return ":".join(reversed(names))


def renamed(company: Company, entity: str, record: Record) -> None:
    """Carries a changed name into the references that show it and into the children's qualified names."""
    shown = company.named(entity, record.id).get("name")
    if record.facts.get("shown") in (None, shown):
        record.facts["shown"] = shown
        return
    record.facts["shown"] = shown
    if entity == "Customer":
        for table in company.tables.values():
            for document in table.find("CustomerRef", record.id):
                label = {**document.body["CustomerRef"], "name": shown}
                table.relabel(document, {**document.body, "CustomerRef": label})
    for child in list(company.table(entity).rows.values()):
        if child.body.get("ParentRef", {}).get("value") == record.id:
            label = {"FullyQualifiedName": qualified(company, entity, child.body)}
            company.table(entity).relabel(child, {**child.body, **label})
