"""A sale in the other side's ids and codes, line by line, so that an edit of one line leaves the others as they are.

The bases pair the lines of both sides. A line whose item or tax code nobody has changed keeps what the target's own
line says: a QuickBooks invoice with five items does not become one of five "Oncord sales" because a quantity changed.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from app.domain.configuration import Configuration
from app.domain.directory import Directory, Obstacle
from app.domain.matching import normalised
from app.domain.records import Kind, Line, Reference, Sale, Side

Pairs = Mapping[str, tuple[Line, Line]]
"""By the source line's id: that line and the target's line as both were at the last agreement."""


def sale_to(
    target: Side,
    sale: Sale,
    directory: Directory,
    configuration: Configuration,
    *,
    contact: Reference | None = None,
    base_source: Sale | None = None,
    base_target: Sale | None = None,
) -> Sale:
    """A sale in the target's ids and codes. Raises `Obstacle` where something it refers to has no counterpart.

    `contact` overrides the contact (an invoice on another customer of the same contact keeps that customer).
    """
    if contact is None:
        contact = (
            directory.customer_of(sale.contact_id, configuration.books_currency(sale.money.currency))
            if target is Side.QUICKBOOKS
            else directory.counterpart(Side.QUICKBOOKS, Kind.CONTACT, sale.contact_id)
        )
    pairs = paired_lines(base_source, base_target)
    lines = tuple(_line_to(target, line, pairs.get(line.id), directory, configuration) for line in sale.money.lines)
    adjusts: Reference = ""
    if isinstance(sale.adjusts_id, str) and sale.adjusts_id:
        adjusts = directory.across(target.other, Kind.SALE, sale.adjusts_id) or ""
    number = sale.number if configuration.document_numbers == "oncord" or target is Side.ONCORD else ""
    return replace(
        sale,
        contact_id=contact,
        money=replace(sale.money, lines=lines),
        adjusts_id=adjusts,
        number=number,
        status="confirmed",
    )


def paired_lines(source: Sale | None, target: Sale | None) -> Pairs:
    """Which line of the target each line of the source is: goods with goods in their order, else by words and amount."""
    if source is None or target is None:
        return {}
    ours, theirs = _by_sort(source), _by_sort(target)
    found: dict[str, tuple[Line, Line]] = {}
    for sort, lines in ours.items():
        others = list(theirs.get(sort, ()))
        if len(lines) == len(others):
            found |= {a.id: (a, b) for a, b in zip(lines, others, strict=True) if a.id}
            continue
        for line in lines:
            same = next((o for o in others if _says(o) == _says(line)), None)
            if same is not None:
                others.remove(same)
                if line.id:
                    found[line.id] = (line, same)
    return found


def _by_sort(sale: Sale) -> dict[str, list[Line]]:
    sorts: dict[str, list[Line]] = defaultdict(list)
    for line in sale.money.lines:
        sorts["goods" if line.kind in ("item", "text", "subtotal") else line.kind].append(line)
    return sorts


def _says(line: Line) -> tuple[str, Decimal]:
    return normalised(line.description), line.total


def _line_to(
    target: Side, line: Line, pair: tuple[Line, Line] | None, directory: Directory, configuration: Configuration
) -> Line:
    before, there = pair or (None, None)
    code = (
        there.tax_code
        if before is not None and there is not None and before.tax_code == line.tax_code
        else _tax_code_to(target, line, configuration)
    )
    line_id = there.id if there is not None else ""
    if before is not None and there is not None and before.item == line.item and there.item:
        return replace(line, id=line_id, item=there.item, item_code=there.item_code, tax_code=code)
    if target is Side.ONCORD:
        product = directory.known.get((Side.QUICKBOOKS, Kind.ITEM, line.item), "") if isinstance(line.item, str) else ""
        return replace(line, id=line_id, item=product, item_code="", tax_code=code)
    return replace(line, id=line_id, item=_item_for(line, directory, configuration), tax_code=code)


def _item_for(line: Line, directory: Directory, configuration: Configuration) -> Reference:
    items = configuration.items
    chosen: Reference | None = {
        "shipping": items.shipping_item_id or items.item_id,
        "discount": items.discount_item_id or items.item_id,
        "rounding": items.item_id,
    }.get(line.kind)
    if chosen is None and items.mode == "match" and isinstance(line.item, str) and line.item:
        chosen = directory.across(Side.ONCORD, Kind.ITEM, line.item)
        if chosen is None:
            raise Obstacle("item:oncord:" + line.item, "One of its products has no QuickBooks item yet.")
    chosen = chosen or items.item_id
    if not chosen:
        raise Obstacle(
            "configuration", "No QuickBooks item is chosen for sale lines. Choose one in the configuration.", "items"
        )
    return chosen


def _tax_code_to(target: Side, line: Line, configuration: Configuration) -> str:
    if line.tax_code == "" and target is Side.QUICKBOOKS:
        if line.tax != 0:
            raise Obstacle(
                "person", "One of its lines is taxed but names no tax code. Give the line a tax code in Oncord."
            )
        return untaxed_code(configuration) if configuration.country != "US" else "NON"
    code = configuration.tax_code_on(target, line.tax_code)
    if code is None:
        if target is Side.ONCORD and not line.tax:
            return ""
        raise Obstacle(
            "configuration",
            f"The {'Oncord' if target is Side.QUICKBOOKS else 'QuickBooks'} tax code {line.tax_code} is not mapped. "
            "Map it in the configuration.",
            f"tax code {line.tax_code}",
        )
    return code


def untaxed_code(configuration: Configuration) -> str:
    """The QuickBooks tax code of lines without tax: the mapped code whose rate is zero."""
    for code in configuration.tax_codes:
        if code.rate and Decimal(code.rate) == 0:
            return code.quickbooks_id
    raise Obstacle(
        "configuration",
        "A line without tax needs a QuickBooks tax code of 0 %. Map one (for instance GST free) in the configuration.",
        "tax code for untaxed lines",
    )
