"""A voucher that is sold is owed, not earned (docs/decisions/vouchers.md): one item on a liability account, outside tax.

Tax belongs to what is bought with it. So a line that sells a voucher, or redeems one (below zero), gets the item that the
merchant has chosen, and a voucher that bears tax is flagged: it waits until the line is corrected. Where vouchers are redeemed by a
payment, a line that redeems one has an item on the clearing account, so that it lies where a payment would.
"""

from app.domain.model.configuration import Configuration
from app.domain.model.records import Line
from app.domain.model.waiting import VOUCHER_CLEARING_ITEM, VOUCHER_ITEM, PersonsDecision
from app.domain.planning.id_map import Obstacle


def voucher_item(line: Line, configuration: Configuration) -> str:
    """The item of a line that sells or redeems a voucher. Raises `Obstacle` where nobody has chosen it."""
    if line.total < 0 and configuration.vouchers_redeemed == "payment":
        if not configuration.items.voucher_clearing_item_id:
            raise Obstacle(VOUCHER_CLEARING_ITEM, _NO_CLEARING_ITEM)
        return configuration.items.voucher_clearing_item_id
    chosen = configuration.items.voucher_item_id
    if not chosen:
        raise Obstacle(VOUCHER_ITEM, _UNDECIDED)
    return chosen


_UNDECIDED = (
    "It sells or redeems a voucher, and nobody has chosen the QuickBooks item for vouchers yet. What is paid for a voucher is owed "
    "to whoever redeems it: make an item in QuickBooks whose account is an Other Current Liability, and choose it in the "
    "configuration."
)

_NO_CLEARING_ITEM = (
    "It redeems a voucher by a line below zero, and vouchers are redeemed by a payment into a clearing account here. QuickBooks can hold "
    "that as a line of an item on the clearing account: make such an item in QuickBooks and choose it in the configuration; or choose "
    "there that vouchers are redeemed by a line."
)


def voucher_code(configuration: Configuration) -> str:
    """The tax code of a voucher in QuickBooks: NON in the United States, elsewhere "" for the company's own code outside tax,
    which is found where the document is written."""
    return "NON" if configuration.country == "US" else ""


def refuse_taxed(line: Line, configuration: Configuration) -> None:
    """Raises `Obstacle` where a voucher bears tax, or a tax code that makes some."""
    rate = configuration.rate_of(line.tax_code) or line.tax_rate
    if not line.tax and not (line.tax_code and rate and line.total):
        return
    name, taxed = line.description or "Voucher", f" {rate.normalize():f} %" if rate else ""
    does = "redeems" if line.total < 0 else "sells"
    raise Obstacle(
        PersonsDecision(),
        f'Its line "{name}" {does} a voucher and bears{taxed} tax. A voucher is taxed with what is '
        "bought with it, not when it is sold. Take the tax code off the line, and off the voucher product, in Oncord; if it is "
        "for one stated thing and taxed when it is sold, sell it as an ordinary product.",
    )
