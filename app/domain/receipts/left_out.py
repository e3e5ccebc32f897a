"""Sales of which somebody has decided that they stay in Oncord, and so what pays them (law 13: decided, not defaulted)."""

from app.domain.model.records import Kind, Sale, Side
from app.domain.planning.plan_input import PlanInput


def stays_in_oncord(plan_input: PlanInput, sale_id: str) -> bool:
    """Whether a sale that has no invoice carries a tax code whose sales are left out by the configuration."""
    sale = plan_input.record(Side.ONCORD, Kind.SALE, sale_id)
    if not isinstance(sale, Sale) or plan_input.links.live((Side.ONCORD, Kind.SALE, sale_id)) is not None:
        return False
    return bool(plan_input.configuration.left_out_code(line.tax_code for line in sale.money.lines))
