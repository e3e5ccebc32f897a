"""A connection's configuration as JSON and back: the same shape in the database, over the API and in the audit."""

from dataclasses import asdict
from datetime import date
from typing import Any

from app.domain.model.configuration import (
    Configuration,
    DocumentPolicy,
    ItemPolicy,
    MappedMethod,
    MappedTaxCode,
    default_winners,
)
from app.domain.model.records import Kind, Side
from app.domain.model.untaxed_lines import DESTINATIONS, UntaxedCodes, UntaxedLines


def configuration_to_json(configuration: Configuration) -> dict[str, Any]:
    """Plain data of a configuration; dates as `YYYY-MM-DD`."""
    return {
        "start_date": configuration.start_date.isoformat(),
        "payment_methods": [_plain(method) for method in configuration.payment_methods],
        "unmapped_methods_account": configuration.unmapped_methods_account,
        "goodwill_account": configuration.goodwill_account,
        "pay_back_account": configuration.pay_back_account,
        "tax_codes": [_plain(code) for code in configuration.tax_codes],
        "untaxed_lines": asdict(configuration.untaxed_lines),
        "opening_receivables": configuration.opening_receivables,
        "items": asdict(configuration.items),
        "vouchers_redeemed": configuration.vouchers_redeemed,
        "documents": asdict(configuration.documents),
        "document_numbers": configuration.document_numbers,
        "removals": configuration.removals,
        "conflict_winner": {kind.value: side.value for kind, side in configuration.conflict_winner.items()},
        "contact_winner": {name: side.value for name, side in configuration.contact_winner.items()},
        "hold_questions_days": configuration.hold_questions_days,
        "lodged_until": configuration.lodged_until.isoformat() if configuration.lodged_until else None,
        "gst_basis": configuration.gst_basis,
        "gst_period": configuration.gst_period,
        "home_currency": configuration.home_currency,
        "country": configuration.country,
        "multi_currency": configuration.multi_currency,
        "charges_tax": configuration.charges_tax,
    }


def configuration_from_json(value: dict[str, Any]) -> Configuration:
    """The configuration of what `configuration_to_json` made."""
    return Configuration(
        start_date=date.fromisoformat(value["start_date"]),
        payment_methods=tuple(MappedMethod(**_members(method)) for method in value["payment_methods"]),
        unmapped_methods_account=value.get("unmapped_methods_account", ""),
        goodwill_account=value.get("goodwill_account", ""),
        pay_back_account=value.get("pay_back_account", ""),
        tax_codes=tuple(MappedTaxCode(**_members(code)) for code in value["tax_codes"]),
        untaxed_lines=_untaxed_lines(value.get("untaxed_lines", {})),
        opening_receivables=value.get("opening_receivables", "undecided"),
        items=ItemPolicy(**value["items"]),
        vouchers_redeemed=value.get("vouchers_redeemed", "either"),
        documents=DocumentPolicy(**value.get("documents", {})),
        document_numbers=value["document_numbers"],
        removals=value.get("removals", "delete"),
        conflict_winner={**default_winners(), **{Kind(k): Side(s) for k, s in value["conflict_winner"].items()}},
        contact_winner={name: Side(side) for name, side in value.get("contact_winner", {}).items()},
        hold_questions_days=value.get("hold_questions_days", 1),
        lodged_until=date.fromisoformat(value["lodged_until"]) if value.get("lodged_until") else None,
        gst_basis=value.get("gst_basis", "undecided"),
        gst_period=value.get("gst_period", "undecided"),
        home_currency=value["home_currency"],
        country=value["country"],
        multi_currency=value["multi_currency"],
        charges_tax=value.get("charges_tax", True),
    )


def _untaxed_lines(value: dict[str, Any]) -> UntaxedLines:
    """What lines without a tax code are; of before anybody was asked, nothing is chosen (law 13)."""
    return UntaxedLines(**{name: UntaxedCodes(**value.get(name, {})) for name in DESTINATIONS})


def _plain(mapped: MappedMethod | MappedTaxCode) -> dict[str, Any]:
    """A row of a map with its choice in a word."""
    plain = {**asdict(mapped), "choice": mapped.choice}
    del plain["left_out"]
    return plain


def _members(plain: dict[str, Any]) -> dict[str, Any]:
    """The members of a row; one of before there were choices was decided only where it names something."""
    members = {name: value for name, value in plain.items() if name != "choice"}
    return {**members, "left_out": plain.get("choice") == "none"}
