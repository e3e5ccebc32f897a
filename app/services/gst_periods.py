"""How a connection's GST is reported, where its periods end, and whether a return that must be lodged by now was not entered."""

import datetime as dt
from dataclasses import dataclass

from app.domain.guards.locked_period import Lock
from app.domain.model.configuration import GstBasis
from app.domain.model.days import day_in_words
from app.domain.model.gst_periods import GstPeriod, last_end, next_end, to_be_lodged
from app.storage.connections.connections import Connection
from app.zones import zone_named


@dataclass(frozen=True, slots=True)
class GstReporting:
    """What was chosen, and what follows from it today. `overdue`: the last day of a period whose return should have been lodged
    by now while its documents are not locked; None where all is as it should be."""

    basis: GstBasis
    period: GstPeriod
    last_period_end: dt.date | None
    next_period_end: dt.date | None
    lodged_until: dt.date | None
    overdue: dt.date | None
    return_name: str
    """What the return is called there: "BAS"."""

    @property
    def reminder(self) -> str:
        """What somebody should do about a return that was not entered; "" where there is none."""
        if self.overdue is None:
            return ""
        entered = f"up to {day_in_words(self.lodged_until)}" if self.lodged_until else "nothing so far"
        day = day_in_words(self.overdue)
        return (
            f"The {self.return_name} period to {day} should have been lodged by now; what is entered as lodged is {entered}. If it "
            f"was lodged, enter {day} in the configuration. Until then its documents are changed in QuickBooks without a question."
        )


def gst_reporting(connection: Connection, lock: Lock | None, now: dt.datetime) -> GstReporting | None:
    """How GST is reported; None where nothing is configured, or the company charges none."""
    configuration = connection.configuration
    if configuration is None or not configuration.charges_tax:
        return None
    zone = zone_named(str(((connection.facts or {}).get("oncord") or {}).get("time_zone") or ""))
    today, country, period = now.astimezone(zone).date(), configuration.country, configuration.gst_period
    owed = to_be_lodged(period, today, country)
    is_open = owed is not None and owed >= configuration.start_date and (lock is None or lock.until < owed)
    return GstReporting(
        basis=configuration.gst_basis,
        period=period,
        last_period_end=last_end(period, today, country),
        next_period_end=next_end(period, today, country),
        lodged_until=configuration.lodged_until,
        overdue=owed if is_open else None,
        return_name="BAS" if country == "AU" else "tax return",
    )
