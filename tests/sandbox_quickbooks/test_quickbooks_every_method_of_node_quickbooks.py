"""Every public method of node-quickbooks, called by `node/every_method.js`; docs/clients.md is the record.

Its packages are not part of this repository: `make clients` installs exactly those of the lock file and runs this.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.sandbox.quickbooks.requests.writes import KINDS

from .over_http import Served

HERE = Path(__file__).with_name("node")
NODE = shutil.which("node")
NOT_SERVED = {"BillPayment", "Budget", "CompanyCurrency", "CustomerType", "ExchangeRate", "JournalCode", "Reports"}
REFUSED_BY_QUICKBOOKS = {"updateTaxCode": "500", "updateTaxRate": "500"}
"""They are read-only for apps, whatever a client offers."""
ANSWERED_THOUGH = {"getExchangeRate"}
NOT_CALLED = {"reconnect", "disconnect"}
"""Of OAuth 1, at Intuit's application centre."""
METHODS = 195
REPORTS = {"reportTransactionList", "reportAgedReceivables", "reportTrialBalance"}
"""The reports that are served as they are called; a tax summary wants an agency."""
TAX_SUMMARY = "reportTaxSummary"

Outcomes = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def outcomes(served: Served) -> Outcomes:
    if NODE is None:
        pytest.skip("node is not on this machine")
    if not (HERE / "node_modules" / "node-quickbooks").is_dir():
        pytest.skip("node-quickbooks is not installed: make clients")
    settings = {
        "base": served.base,
        "company": served.company,
        "vendor": _first(served, "vendor"),
        "employee": _first(served, "employee"),
    }
    ran = subprocess.run(
        [NODE, str(HERE / "every_method.js"), json.dumps(settings)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"},
    )
    assert ran.returncode == 0, ran.stderr
    head, *lines = [json.loads(line) for line in ran.stdout.splitlines()]
    assert head["version"] == json.loads((HERE / "package.json").read_text())["dependencies"]["node-quickbooks"]
    return {line["method"]: line for line in lines}


def _first(served: Served, entity: str) -> str:
    address = f"{served.base}/_sandbox/companies/{served.company['realm_id']}/{entity}"
    listed = httpx.get(address, trust_env=False).json()
    return str((listed["items"] if isinstance(listed, dict) else listed)[0]["Id"])


def test_node_calls_every_method_of_its_client(outcomes: Outcomes) -> None:
    assert len(outcomes) == METHODS
    assert {name for name, found in outcomes.items() if found["refused"] == "not called"} == NOT_CALLED


def test_what_is_served_answers_node_and_what_quickbooks_refuses_is_refused(outcomes: Outcomes) -> None:
    served = {
        name: found["refused"]
        for name, found in outcomes.items()
        if found["entity"].casefold() in {kind.casefold() for kind in (*KINDS, "TaxService")} or not found["entity"]
        if not name.startswith("report") and name not in NOT_CALLED
    }

    assert {name: code for name, code in served.items() if code} == {**REFUSED_BY_QUICKBOOKS, "upload": "1050"}


def test_what_is_not_served_says_so_to_node(outcomes: Outcomes) -> None:
    others = {
        name: found["refused"]
        for name, found in outcomes.items()
        if found["entity"] in NOT_SERVED or (name.startswith("report") and name not in {*REPORTS, TAX_SUMMARY})
        if name not in ANSWERED_THOUGH
    }

    assert set(others.values()) == {"500", "4001"}
    assert {found["entity"] for found in outcomes.values()} - NOT_SERVED - set(KINDS) == {"", "TaxService", "UserInfo"}


def test_the_reports_that_are_served_answer_node(outcomes: Outcomes) -> None:
    assert not any(outcomes[name]["refused"] for name in REPORTS)
    assert outcomes[TAX_SUMMARY]["refused"] == "2020"


def test_no_address_of_a_registry_is_in_what_pins_the_packages_of_node() -> None:
    locked = json.loads((HERE / "package-lock.json").read_text())
    packages = {name: found for name, found in locked["packages"].items() if name}

    assert "http:" not in (HERE / "package-lock.json").read_text()
    assert all(found["integrity"].startswith("sha512-") and "resolved" not in found for found in packages.values())
