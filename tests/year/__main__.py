"""`python -m tests.year [--orders N] [--days N] [--minutes N] [--seed N] [--company au|au-cash|us]`: a year of a shop and its books; the
last line gives the counts."""

import argparse
import asyncio
import math
import sys
import time

from app import log
from tests.support.services import copied_database, migrate_template, running_services
from tests.year.calendar import Outcome, live
from tests.year.companies import COMPANIES


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def _told(outcome: Outcome, began: float) -> None:
    for week, kinds in enumerate(outcome.questions, start=1):
        by_kind = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
        _say(f"week {week}: {kinds.total()} questions{f' ({by_kind})' if by_kind else ''}")
    for quarter in outcome.quarters:
        _say(f"lodged {quarter}")
    for fault in outcome.faults:
        _say(f"  {fault}")
    counts = ", ".join(f"{number} {name}" for name, number in sorted(outcome.counts.items()))
    _say(f"year: {outcome.days} days, {len(outcome.faults)} faults; {counts}; {time.monotonic() - began:.0f} s")


def main() -> int:
    """Parse the arguments and go."""
    parser = argparse.ArgumentParser(prog="python -m tests.year")
    parser.add_argument("--orders", type=int, default=50, help="how many orders a day")
    parser.add_argument("--days", type=int, default=365, help="how many days")
    parser.add_argument(
        "--minutes", type=float, default=math.inf, help="after how many to judge what was lived until then"
    )
    parser.add_argument("--seed", type=int, default=1, help="which shop")
    parser.add_argument("--company", choices=sorted(COMPANIES), default="au", help="which company keeps the books")
    wanted = parser.parse_args()
    log.configure("text", "CRITICAL")
    began = time.monotonic()
    with running_services() as services:
        migrate_template(services)
        with copied_database(services) as urls:
            company = COMPANIES[wanted.company]
            year = live(
                urls.app,
                orders=wanted.orders,
                days=wanted.days,
                seconds=wanted.minutes * 60,
                seed=wanted.seed,
                company=company,
                say=_say,
            )
            outcome = asyncio.run(year)
    _told(outcome, began)
    return 1 if outcome.faults else 0


if __name__ == "__main__":
    sys.exit(main())
