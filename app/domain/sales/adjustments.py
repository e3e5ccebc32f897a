"""What the reason of an adjustment chooses: its item in QuickBooks, and for a bad debt where, when and to what it belongs.

A bad debt is written off by a credit memo of an expense item, dated when it was written off, with the tax codes of the sale and
applied to it, so that a report of what was paid nets the two (docs/decisions/bad-debts.md). What is linked keeps its items.
"""

from dataclasses import replace

from app.domain.model.configuration import BAD_DEBT, OWN_ITEMS, Configuration
from app.domain.model.currencies import with_currency
from app.domain.model.records import Kind, Sale, Side
from app.domain.model.waiting import BAD_DEBT_ITEM, REASON_ITEMS, OtherRecord, PersonsDecision
from app.domain.planning.bad_debts import is_bad_debt
from app.domain.planning.id_map import IdMap, Obstacle
from app.domain.planning.plan_input import PlanInput


def with_its_items(sale: Sale, configuration: Configuration) -> Configuration:
    """The configuration as it counts for one document of Oncord: the lines of an adjustment whose reason has an item have that
    one, but for vouchers."""
    policy, chosen = configuration.items, _chosen(sale, configuration)
    if chosen in ("", OWN_ITEMS):
        return configuration
    one = replace(policy, mode="single", item_id=chosen, shipping_item_id="", discount_item_id="")
    return replace(configuration, items=one)


def check_reason(sale: Sale, configuration: Configuration) -> None:
    """Raises `Obstacle` where nobody has chosen yet which item a new adjustment of this reason has."""
    if sale.type == "adjustment" and sale.adjustment_reason and not _chosen(sale, configuration):
        raise Obstacle(*_UNDECIDED[sale.adjustment_reason == BAD_DEBT])


def _chosen(sale: Sale, configuration: Configuration) -> str:
    if sale.type != "adjustment":
        return ""
    return configuration.items.reason_items.get(sale.adjustment_reason, "")


_UNDECIDED = {
    True: (
        BAD_DEBT_ITEM,
        "It writes off a bad debt, and nobody has chosen the QuickBooks item for bad debts yet. Make an item in QuickBooks whose "
        "account is an expense, and choose it in the configuration.",
    ),
    False: (
        REASON_ITEMS,
        "It is an adjustment that says why it was made, and nobody has chosen yet which QuickBooks item such adjustments have. Choose "
        "it in the configuration, once for each reason: an item, or the items of what they take back.",
    ),
}


def reason_of(memo: Sale, configuration: Configuration) -> str:
    """The reason of a credit memo of the books for Oncord: bad debts are known by their item, the others by nothing."""
    item = configuration.items.reason_items.get(BAD_DEBT, "")
    writes_off = item and memo.type == "adjustment" and any(line.item == item for line in memo.money.lines)
    return BAD_DEBT if writes_off else ""


def check_bad_debt(plan_input: PlanInput, id_map: IdMap, sale: Sale) -> None:
    """Raises `Obstacle` where a new adjustment for a bad debt is none of one sale that is in QuickBooks, or has other tax codes than
    that."""
    if not is_bad_debt(sale):
        return
    original = plan_input.record(Side.ONCORD, Kind.SALE, str(sale.adjusts_id)) if sale.adjusts_id else None
    if not isinstance(original, Sale):
        raise Obstacle(
            PersonsDecision(), f"It writes off {_money(sale)} and names no sale that it belongs to. {_NAME_IT}"
        )
    if id_map.find(Side.ONCORD, Kind.SALE, str(sale.adjusts_id)) is None:
        waits = OtherRecord(Kind.SALE, Side.ONCORD, str(sale.adjusts_id))
        raise Obstacle(
            waits, f"It writes off {_money(sale)} of sale {original.number}, which is not in QuickBooks yet."
        )
    strange = _codes(sale) - _codes(original)
    if strange:
        named = " and ".join(sorted(code or "none" for code in strange))
        raise Obstacle(
            PersonsDecision(),
            f"It writes off {_money(sale)} of sale {original.number} with the tax code {named}, which that sale has on no line. Give its "
            "lines the tax codes of the sale in Oncord, so that the tax is taken back where it was charged.",
        )


_NAME_IT = "Say in Oncord which sale it adjusts; what is written off is one sale's."


def _codes(sale: Sale) -> set[str]:
    return {line.tax_code for line in sale.money.lines if line.total and line.kind != "rounding"}


def _money(sale: Sale) -> str:
    return with_currency(sale.money.total, sale.money.currency)
