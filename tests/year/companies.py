"""The companies whose year is lived: an Australian one that reports its GST by what is invoiced, one that reports it by what is paid,
and an American one."""

import datetime as dt
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Company:
    """Where it is, how it reports, and what the shop's tax codes are called there."""

    country: Literal["AU", "US"]
    basis: Literal["accrual", "cash"]
    taxed: str
    """The shop's code for goods that bear tax."""
    free: str
    """The one for food."""
    none: str
    """What stands at lines to which nobody has given a code: in America none is without one."""
    ahead: dt.timedelta
    """How far its clocks are ahead of UTC."""
    foreign: bool = True
    """Whether some pay in another currency."""

    @property
    def american(self) -> bool:
        """Whether it is in America, where no BAS is lodged: sales and sales tax are compared."""
        return self.country == "US"


COMPANIES = {
    "au": Company("AU", "accrual", "GST", "FRE", "", dt.timedelta(hours=10)),
    "au-cash": Company("AU", "cash", "GST", "FRE", "", dt.timedelta(hours=10)),
    "us": Company("US", "accrual", "TAX", "NON", "NON", dt.timedelta(hours=-8), foreign=False),
}
