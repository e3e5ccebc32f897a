"""A sale in the other side's ids and codes, line by line, so that an edit of one line leaves the others as they are.

The bases pair the lines of both sides (`line_pairs`). What nobody has changed in a line stays as the target's own line
says it: sort, words and amounts (`lines_carried`), item and tax code. A QuickBooks invoice with five items does not become
one of five "Oncord sales" because a quantity changed, nor does a price changed in the books turn a shop's shipping into goods.
"""

from dataclasses import replace
from decimal import Decimal

from app.domain.matching.document_numbers import held
from app.domain.matching.lines import RememberedLine, remembered_lines
from app.domain.model.configuration import Configuration
from app.domain.model.currencies import unit_of
from app.domain.model.records import (
    Kind,
    Line,
    Money,
    Reference,
    Sale,
    Side,
)
from app.domain.model.totals import allowed_gap
from app.domain.model.untaxed_lines import Destination, destination_of
from app.domain.model.waiting import ConfigurationChoice, OtherRecord, PersonsDecision, choice_of_code
from app.domain.planning.conversion import without_texts
from app.domain.planning.id_map import IdMap, Obstacle
from app.domain.sales.adjustments import reason_of, with_its_items
from app.domain.sales.carried_lines import carried
from app.domain.sales.tax_representation import line_called
from app.domain.sales.untaxed import untaxed_code
from app.domain.sales.vouchers import refuse_taxed, voucher_code, voucher_item


def sale_to(
    target: Side,
    sale: Sale,
    id_map: IdMap,
    configuration: Configuration,
    *,
    contact: Reference | None = None,
    base_source: Sale | None = None,
    base_target: Sale | None = None,
    standing: Sale | None = None,
) -> Sale:
    """A sale in the target's ids and codes. Raises `Obstacle` where something it refers to has no counterpart.

    `contact` overrides the contact (an invoice on another customer of the same contact keeps that customer). `standing`
    is the target's record as it is now: line ids are taken from there.
    """
    reason = reason_of(sale, configuration) if target is Side.ONCORD else ""
    if target is Side.QUICKBOOKS:
        configuration = with_its_items(sale, configuration)
    if contact is None:
        contact = (
            id_map.customer_of(sale.contact_id, configuration.books_currency(sale.money.currency))
            if target is Side.QUICKBOOKS
            else id_map.counterpart(Side.QUICKBOOKS, Kind.CONTACT, sale.contact_id)
        )
    adjusts: Reference = ""
    if isinstance(sale.adjusts_id, str) and sale.adjusts_id:
        adjusts = id_map.find(target.other, Kind.SALE, sale.adjusts_id) or ""
    number = sale.number if configuration.document_numbers == "oncord" or target is Side.ONCORD else ""
    if target is Side.QUICKBOOKS:
        number = held(number)
    bases = (base_source.money, base_target.money) if base_source and base_target else None
    return replace(
        without_texts(sale) if target is Side.ONCORD else sale,
        contact_id=contact,
        money=_money_to(target, sale, bases, standing.money if standing else None, id_map, configuration),
        adjusts_id=adjusts,
        adjustment_reason=reason,
        number=number,
        status="confirmed",
    )


def _money_to(
    target: Side,
    sale: Sale,
    bases: tuple[Money, Money] | None,
    standing: Money | None,
    id_map: IdMap,
    configuration: Configuration,
) -> Money:
    money, destination = sale.money, destination_of(sale, configuration.country)
    base_source, base_target = bases or (None, None)
    standing_lines = standing.lines if standing is not None else None
    remembered = remembered_lines(money.lines, base_source, base_target, standing_lines)
    includes_tax = money.amounts_include_tax
    unchanged = base_source is not None and includes_tax is base_source.amounts_include_tax
    if target is Side.ONCORD and unchanged and base_target is not None:
        includes_tax = base_target.amounts_include_tax  # what nobody has changed stays as it is over there
    carried_lines = [
        carried(line, one, target, _amount_in(line, money, includes_tax), unit_of(money.currency), allowed_gap(money))
        for line, one in zip(money.lines, remembered, strict=True)
    ]
    lines = (
        _line_to(target, line, carried_line, one, destination, id_map, configuration)
        for line, carried_line, one in zip(money.lines, carried_lines, remembered, strict=True)
    )
    return replace(money, lines=tuple(lines), amounts_include_tax=includes_tax)


def _amount_in(line: Line, money: Money, includes_tax: bool) -> Decimal:
    """What a line comes to in the mode of the target's document."""
    if includes_tax is money.amounts_include_tax:
        return line.total
    return line.total + line.tax if includes_tax else line.total - line.tax


def _line_to(
    target: Side,
    line: Line,
    carried_line: Line,
    remembered: RememberedLine | None,
    destination: Destination | None,
    id_map: IdMap,
    configuration: Configuration,
) -> Line:
    """`carried_line` in the target's ids and codes: those that stand there where nobody has changed them in `line`."""
    code = _code_across(target, line, carried_line, remembered, destination, configuration)
    line_id = remembered.id if remembered else ""
    if remembered and remembered.before.item == line.item and (remembered.across.item or target is Side.ONCORD):
        return replace(
            carried_line, id=line_id, item=remembered.across.item, item_code=remembered.across.item_code, tax_code=code
        )
    if target is Side.ONCORD:
        product = id_map.paired(Side.QUICKBOOKS, Kind.ITEM, line.item) if isinstance(line.item, str) else None
        voucher = line.item in configuration.voucher_items
        return replace(carried_line, id=line_id, item=product or "", item_code="", tax_code=code, voucher=voucher)
    return replace(carried_line, id=line_id, item=_item_for(line, id_map, configuration), tax_code=code)


def _code_across(
    target: Side,
    line: Line,
    carried_line: Line,
    remembered: RememberedLine | None,
    destination: Destination | None,
    configuration: Configuration,
) -> str:
    """The tax code in the target's codes: as it stands there where nobody has taxed the line otherwise, or "" for none."""
    if (
        remembered
        and _taxed_alike(remembered.before, line)
        and not _code_is_due(target, line, remembered, configuration)
    ):
        code = remembered.across.tax_code
    else:
        code = _tax_code_to(target, line, destination, configuration)
    beside_its_lines = target is Side.ONCORD and carried_line.kind in ("shipping", "discount")
    if beside_its_lines and line.tax_rate == 0 and not line.tax:
        # Beside its lines a shop keeps no rates: only without a code is this taxed at none there.
        return code if configuration.rate_of(code) == 0 else ""
    return code


def _taxed_alike(before: Line, line: Line) -> bool:
    """Whether nobody has changed how a line is taxed; a tax that was put on or taken off under the same code is a change."""
    put_on = before.total != 0 and not before.tax and line.tax != 0
    return before.tax_code == line.tax_code and not put_on


def _code_is_due(target: Side, line: Line, remembered: RememberedLine, configuration: Configuration) -> bool:
    """Whether a line has come to something that came to nothing when it got its code, if it got one in QuickBooks at all."""
    if target is Side.ONCORD or configuration.country == "US" or not configuration.charges_tax or not line.total:
        return False
    return not remembered.across.tax_code or (not line.tax_code and not remembered.before.total)


def _item_for(line: Line, id_map: IdMap, configuration: Configuration) -> Reference:
    items = configuration.items
    if line.voucher:
        return voucher_item(line, configuration)
    chosen: Reference | None = {
        "shipping": items.shipping_item_id or items.item_id,
        "discount": items.discount_item_id or items.item_id,
        "rounding": items.rounding_item_id or items.item_id,
    }.get(line.kind)
    if chosen is None and items.mode == "match" and isinstance(line.item, str) and line.item:
        chosen = id_map.find(Side.ONCORD, Kind.ITEM, line.item)
        if chosen is None:
            raise Obstacle(
                OtherRecord(Kind.ITEM, Side.ONCORD, line.item), "One of its products has no QuickBooks item yet."
            )
    chosen = chosen or items.item_id
    if not chosen:
        raise Obstacle(
            ConfigurationChoice("items"),
            "No QuickBooks item is chosen for sale lines. Choose one in the configuration.",
        )
    return chosen


def _tax_code_to(target: Side, line: Line, destination: Destination | None, configuration: Configuration) -> str:
    if line.voucher:
        refuse_taxed(line, configuration)
        return voucher_code(configuration)
    if line.tax_code == "" and target is Side.QUICKBOOKS:
        if line.tax != 0:
            raise Obstacle(
                PersonsDecision(),
                "One of its lines is taxed but names no tax code. Give the line a tax code in Oncord.",
            )
        return untaxed_code(line, destination, configuration)
    code = configuration.tax_code_on(target, line.tax_code)
    if code is None:
        if target is Side.ONCORD and not line.tax:
            return ""
        raise Obstacle(
            choice_of_code(line.tax_code),
            f"{_code_called(target, line)} is not mapped. Map it in the configuration.",
        )
    return code


def _code_called(target: Side, line: Line) -> str:
    """A tax code as people know it: Oncord's by what it is, QuickBooks', which is an id, by the line that has it."""
    if target is Side.QUICKBOOKS:
        return f"The Oncord tax code {line.tax_code}"
    return f"The QuickBooks tax code of {line_called(line)}"


def check_codes(target: Side, sale: Sale, configuration: Configuration) -> None:
    """Raises `Obstacle` where a tax code of a new sale is not mapped, or nobody has said what its lines without one or its
    vouchers are: then nothing that it needs is made either (C1)."""
    destination = destination_of(sale, configuration.country)
    for line in sale.money.lines:
        _tax_code_to(target, line, destination, configuration)
        if line.voucher:
            voucher_item(line, configuration)
