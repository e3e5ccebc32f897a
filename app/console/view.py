"""How pages are rendered: templates that escape everything, and a few words and moments in a person's form."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from app.console import causes_of_work, readable, said_of_work
from app.console.money import in_style
from app.cookies import cookie_name, forget_cookie, in_frame
from app.domain.guards import stuck
from app.domain.model.records import Side
from app.domain.model.rules import RULES
from app.services import answers_in_words, flash
from app.services.overview import Overview
from app.services.sessions import Visitor
from app.tieout import causes
from app.tieout.period import month_of
from app.zones import zone_named

STATIC = Path(__file__).parent / "static"

WORDS_OF_STATES = {
    "not_connected": ("Not connected", "warn"),
    "needs_configuration": ("Needs configuration", "warn"),
    "ready": ("Ready", "good"),
    "reconnect_required": ("Reconnect required", "bad"),
    "blocked": ("Blocked", "bad"),
    "queued": ("Queued", "calm"),
    "running": ("Running", "calm"),
    "succeeded": ("Succeeded", "good"),
    "partial": ("Done, and something is left", "warn"),
    "failed": ("Failed", "bad"),
    "cancelled": ("Cancelled", "calm"),
    "held": ("Waits for your yes", "warn"),
}
"""The words for a state, and its colour."""

WORDS_OF_LIGHTS = {
    "agrees": ("Documents agree", "good"),
    "waits": ("Changes wait for a synchronisation", "warn"),
    "differs": ("Both sides agree but for what is named here", "warn"),
    "unexplained": ("Differences without an explanation", "bad"),
    "unknown": ("Not compared", "warn"),
}
"""The words for the light of a connection, and its colour."""
BOTH_AGREE = "Both sides agree"
"""What is said where documents agree, and QuickBooks' own reports were held against them, too."""


def colour_of(light: str, overdue: int) -> str:
    """The colour of a light: what is named turns amber only once some of it is overdue."""
    return "calm" if light == "differs" and not overdue else WORDS_OF_LIGHTS[light][1]


STANDS = {
    "agrees": ("Agrees", "good"),
    "same_sum": ("Same sum, single records differ", "warn"),
    "differs": ("Differs", "warn"),
    "older": ("Has moved since", "calm"),
    "unexplained": ("Without an explanation", "bad"),
    "unknown": ("Not compared lately", "calm"),
}
"""The words for how a figure of the month stands, and its colour."""
REPORTS = {
    "AgedReceivables": "what customers owe",
    "TrialBalance": "what lies in the accounts",
    "TaxSummary": "the labels of the tax return",
}
"""What QuickBooks' reports are asked for."""
OF_A_MONTH = {
    "sales": "Sales",
    "credits": "Credits",
    "receipts": "Payments received",
    "refunds": "Refunds",
    "settled_otherwise": "Written off or settled otherwise",
}
"""What the figures of a month are called."""
TROUBLES = {
    "stuck": ("Nobody is going to look", "bad"),
    "reconnect": ("Reconnect required", "bad"),
    "blocked": ("Blocked", "bad"),
    "unexplained": ("Differences without an explanation", "bad"),
    "access_ends": ("Access ends soon", "warn"),
    "backlog": ("Waiting for over an hour", "warn"),
    "reads": ("Reads a lot", "warn"),
    "not_set_up": ("Not set up", "calm"),
}
"""The words for what is the matter with a connection, and its colour."""
PACES = {
    "free": "",
    "hourly": "; what is left does not last at this rate, so that each company is read once an hour at most",
    "idle_only": "; it is nearly used up, so that each company is read once a day only",
    "spent": "; it is nearly used up, so that companies are read again from the first of the next month on, or where somebody asks",
}
"""How often companies are read, said behind what was used of the month's reads."""

SIDES = {side.value: side.called for side in Side}
OTHER = {"oncord": "quickbooks", "quickbooks": "oncord"}
TRIGGERS = {
    "manual": "by hand",
    "quiet": "after changes",
    "idle": "routine check",
    "reconnect": "after reconnecting",
    "approval": "after an answer",
}


FIGURES = {
    "sales": "Sales",
    "sales_by_code": "Sales by tax code, without tax",
    "tax_by_code": "Tax by tax code",
    "owed": "Owed by customers",
    "paid": "Applied to documents",
    "money_in": "Money received",
    "money_out": "Money paid back",
}
"""What the figures of a tie-out are called."""

ROLLS = {
    "opening": "Owed before",
    "sales": "Sales",
    "credits": "less credits",
    "receipts": "less receipts",
    "refunds": "Refunds",
    "written_off": "less what was written off",
    "settled_otherwise": "less what was settled otherwise",
    "closing": "Owed on the last day",
    "later": "Dated after the period, and no part of it",
}
"""The lines of a roll-forward."""
ROLLS_AT_HOME = {"exchange": "Exchange differences", "rounding": "Rounding of parts of documents"}
"""What such lines have besides at home, where they are in another currency."""

DIFFERING = {
    "missing": "is only on one side",
    "void": "is void on one side",
    "unreadable": "cannot be read",
    "total": "has another total",
    "tax": "has other tax",
    "sales": "has its amounts under other tax codes",
    "settled": "was settled in QuickBooks by something that is no payment of Oncord's",
    "date": "has another date",
    "number": "has another number",
    "contact": "belongs to somebody else",
    "currency": "is in another currency",
    "amount": "has another amount",
    "account": "went into another account",
    "applied": "does not pay the same",
}
"""What differs, in words that follow the record."""


def _moment(value: datetime | str | None, zone: tzinfo | str = UTC) -> str:
    """A moment as people write it, by the clock of the site that it is about, with its name; what is about no site in UTC.

    As it was kept in an item it is a text.
    """
    if isinstance(value, str):
        value = datetime.fromisoformat(value) if value else None
    clock = zone_named(zone) if isinstance(zone, str) else zone
    return f"{value.astimezone(clock):%-d %b %Y, %H:%M %Z}" if value else "never"


def _month(value: str) -> str:
    """A month ("2026-10") as people write it."""
    return f"{datetime.strptime(value, '%Y-%m').replace(tzinfo=UTC):%B %Y}"


def _period(period: Mapping[str, str]) -> str:
    """A period as people call it: its month, or its first and last day."""
    first, last = (date.fromisoformat(period[end]) for end in ("first", "last"))
    whole = first.day == 1 and last == month_of(f"{first:%Y-%m}").last
    return _month(f"{first:%Y-%m}") if whole else f"{readable.day(period['first'])} to {readable.day(period['last'])}"


def _words(name: str) -> str:
    return name.replace("_", " ")


def _coded(text: str) -> Markup:
    """Words between backticks as code."""
    parts = [escape(part) for part in text.split("`")]
    return Markup("").join(Markup("<code>{}</code>").format(p) if i % 2 else p for i, p in enumerate(parts))


def _span(value: timedelta | None) -> str:
    """How long something takes, as people say it."""
    if value is None:
        return ""
    seconds = round(value.total_seconds())
    for size, name in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {name}"
    return f"{seconds} seconds"


def zone_of(overview: Overview) -> tzinfo:
    """The time zone of a connection's site, so that a merchant reads the clock on the wall."""
    return zone_named(((overview.connection.facts or {}).get("oncord") or {}).get("time_zone") or "")


@pass_context
def _finished(context: Context, value: Any) -> Any:
    """What stands on a page: amounts in the style of the company that the page is about."""
    return in_style(value, context.get("home_currency", ""))


def home_currency(overview: Overview | None) -> str:
    """The currency of the company that a page is about; "" where it is about none."""
    if overview is None:
        return ""
    connection = overview.connection
    told = ((connection.facts or {}).get("quickbooks") or {}).get("currency") or ""
    return connection.configuration.home_currency if connection.configuration else str(told)


_environment = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    finalize=_finished,
)
_environment.tests |= {"counted": said_of_work.counts}
_environment.filters |= {
    "moment": _moment,
    "month": _month,
    "period_called": _period,
    "span": _span,
    "words": _words,
    "counter": said_of_work.counter,
    "coded": _coded,
    "action": answers_in_words.action,
    "field": readable.field,
    "subject": readable.subject,
    "channel": readable.channel,
    "day": readable.day,
    "rule": said_of_work.rule,
    "cause": causes_of_work.cause,
    "effect": answers_in_words.effect,
}
_environment.globals |= {
    "told": said_of_work.told,
    "deed": said_of_work.deed,
    "noun": said_of_work.noun,
    "PARTS": said_of_work.PARTS,
    "MEETINGS": said_of_work.MEETINGS,
    "ABOUT_MEETINGS": said_of_work.ABOUT_MEETINGS,
    "CURES": causes_of_work.CURES,
    "RULES": RULES,
    "answer_called": answers_in_words.action_of,
    "answer_does": answers_in_words.effect_of,
    "answer_for_all": answers_in_words.action_for_all,
    "answer_does_to_all": answers_in_words.effect_for_all,
    "value_that_lost": answers_in_words.value_that_lost,
    "readable": readable.value,
    "amount": readable.amount,
    "compared": readable.compared,
    "figure_about": readable.figure,
    "WORDS_OF_LIGHTS": WORDS_OF_LIGHTS,
    "BOTH_AGREE": BOTH_AGREE,
    "colour_of": colour_of,
    "CAUSES": {cause.value: words for cause, words in causes.WORDS.items()},
    "WHAT_TO_DO": {cause.value: words for cause, words in causes.WHAT_TO_DO.items()},
    "FIGURES": FIGURES,
    "ROLLS": ROLLS,
    "ROLLS_AT_HOME": ROLLS_AT_HOME,
    "WAITS_FOR": {cause.value: words for cause, words in stuck.WORDS.items()},
    "DIFFERING": DIFFERING,
    "STANDS": STANDS,
    "OF_A_MONTH": OF_A_MONTH,
    "REPORTS": REPORTS,
    "TROUBLES": TROUBLES,
    "PACES": PACES,
    "WORDS_OF_STATES": WORDS_OF_STATES,
    "SIDES": SIDES,
    "OTHER": OTHER,
    "TRIGGERS": TRIGGERS,
}


def part(template: str, **values: Any) -> Markup:
    """Some of a page, for whoever is looked at by nobody: it shows no visitor and no message."""
    return Markup(_environment.get_template(template).render(values))  # noqa: S704 - our template escapes what it is given


def page(
    request: Request,
    template: str,
    *,
    visitor: Visitor | None = None,
    status: int = 200,
    message: flash.Message | None = None,
    **values: Any,
) -> HTMLResponse:
    """A page; a message that waits in a cookie is shown on it, once."""
    waiting = request.cookies.get(cookie_name(request.app.state.settings, flash.COOKIE), "")
    shown = message or flash.read(request.app.state.container, waiting)
    content: Mapping[str, Any] = {
        "csrf": visitor.csrf if visitor else "",
        "visitor": visitor,
        "message": shown,
        "framed": in_frame(request),
        "home_currency": values.get("home") or home_currency(values.get("overview")),
        **values,
    }
    answer = HTMLResponse(_environment.get_template(template).render(content), status_code=status)
    if waiting:
        forget_cookie(request, answer, flash.COOKIE)
    return answer
