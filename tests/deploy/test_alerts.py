"""The alert rules and the dashboard speak of figures that there are, and each alert has its section of the runbook."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from tests.support.app import Service

ROOT = Path(__file__).parent.parent.parent
RULES: list[dict[str, Any]] = yaml.safe_load((ROOT / "deploy" / "alerts.yml").read_text())["groups"][0]["rules"]
DASHBOARD: dict[str, Any] = json.loads((ROOT / "deploy" / "dashboard.json").read_text())
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text()
FUNCTIONS = {"absent", "max", "sum", "delta", "by"}


def expressions() -> list[str]:
    """All that is asked of Prometheus."""
    asked = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    return [rule["expr"] for rule in RULES] + asked


def figures_in(expression: str) -> set[str]:
    return set(re.findall(r"\boncord_\w+", expression))


def labels_in(expression: str) -> set[str]:
    grouped = {name.strip() for those in re.findall(r"\bby \(([^)]*)\)", expression) for name in those.split(",")}
    return grouped | set(re.findall(r"[{,]\s*(\w+)=", expression))


async def exposed(service: Service) -> dict[str, set[str]]:
    """The figures that there are, with the names of their labels where something is shown."""
    answer = await service.api.get("/api/v1/metrics")
    assert answer.status_code == 200
    return {
        family.name: {label for sample in family.samples for label in sample.labels}
        for family in text_string_to_metric_families(answer.text)
    }


async def test_every_figure_that_is_asked_for_is_there_with_its_labels(service: Service) -> None:
    await service.ready_connection()
    found = await exposed(service)

    for expression in expressions():
        assert figures_in(expression), expression
        for figure in figures_in(expression):
            assert figure in found, expression
            assert labels_in(expression) <= (found[figure] or {"label", *labels_in(expression)}), expression


async def test_every_alarm_that_there_is_has_a_rule(service: Service) -> None:
    """A figure whose meaning calls it an alarm is one of those that ring."""
    alarms = set(re.findall(r"# HELP (oncord_\w+) [^\n]*an alarm", (await service.api.get("/api/v1/metrics")).text))

    assert alarms
    assert alarms <= {figure for rule in RULES for figure in figures_in(rule["expr"])}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_an_alert_says_what_it_is_and_where_to_read_on(rule: dict[str, Any]) -> None:
    name = rule["alert"]

    assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
    assert re.fullmatch(r"\d+[mh]", rule.get("for", "0m"))
    assert rule["labels"]["severity"] in ("critical", "warning")
    assert rule["annotations"]["runbook"] == f"docs/runbook.md#{name.lower()}"
    section = RUNBOOK.split(f"\n## {name}\n")
    assert len(section) == 2, name
    assert "**What it means.**" in section[1].split("\n## ")[0]
    assert re.search(r"\*\*(Look and do|Do)\.\*\*", section[1].split("\n## ")[0])


def test_the_runbook_has_no_section_for_an_alert_that_never_rings() -> None:
    assert re.findall(r"^## (\w+)$", RUNBOOK, re.MULTILINE) == [rule["alert"] for rule in RULES]


@pytest.mark.parametrize("expression", expressions())
def test_an_expression_is_in_the_form_that_prometheus_reads(expression: str) -> None:
    plain = re.sub(r"\{[^}]*\}|\[\d+[mh]\]", "", expression)

    assert plain.count("(") == plain.count(")")
    assert set(re.findall(r"\b([a-z_]+)\s*\(", plain)) <= FUNCTIONS
    assert re.fullmatch(r"[\w\s()>.,=]+", plain)


def test_each_panel_of_the_dashboard_stands_by_itself() -> None:
    panels = DASHBOARD["panels"]

    assert len({panel["id"] for panel in panels}) == len(panels)
    assert len({(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}) == len(panels)
    assert all(panel["title"] and panel["datasource"]["uid"] == "${datasource}" for panel in panels)
