"""What confines the containers, read out of `docker-compose.yml` and `Dockerfile`; no engine is needed."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

ROOT = Path(__file__).parent.parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
VERSIONED = re.compile(r"[a-z/-]+:\d+\.\d+(\.\d+)?(-[a-z]+)*")


@pytest.fixture(params=sorted(SERVICES))
def container(request: pytest.FixtureRequest) -> dict[str, Any]:
    return SERVICES[request.param]


def test_all_six_are_there() -> None:
    assert set(SERVICES) == {"postgres", "redis", "roles", "migrate", "api", "worker"}


def test_an_image_has_an_exact_version_and_a_variable_that_may_name_a_digest(container: dict[str, Any]) -> None:
    assert re.fullmatch(r"\$\{(IMAGE|[A-Z]+_IMAGE):-(.+)\}", container["image"])
    assert VERSIONED.fullmatch(container["image"].partition(":-")[2].removesuffix("}")), container["image"]


def test_the_image_that_is_built_stands_on_the_same_one_in_both_files() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    base = SERVICES["api"]["build"]["args"]["PYTHON_IMAGE"].partition(":-")[2].removesuffix("}")

    assert VERSIONED.fullmatch(base)
    assert f"ARG PYTHON_IMAGE={base}\n" in dockerfile
    assert set(re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)) == {"${PYTHON_IMAGE}"}
    assert re.search(r"^USER (?!root|0)", dockerfile, re.MULTILINE)


def test_the_image_holds_what_is_served_and_nothing_else() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    ignored = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]

    copied = set(re.findall(r"^COPY (\S+) \.", dockerfile, re.MULTILINE))
    assert copied == {"requirements.txt", "alembic.ini", "alembic", "app", "workers", "docs/guides", "docs/screenshots"}
    assert ignored[0] == "*"
    assert {line.removeprefix("!") for line in ignored if line.startswith("!")} == copied
    assert ignored.index("app/sandbox") > ignored.index("!app")


def test_a_container_can_write_nothing_gains_nothing_and_uses_so_much_at_most(container: dict[str, Any]) -> None:
    assert container["read_only"] is True
    assert container["cap_drop"] == ["ALL"]
    assert "cap_add" not in container
    assert container["security_opt"] == ["no-new-privileges:true"]
    assert not container.get("privileged")
    assert re.fullmatch(r"\$\{[A-Z]+_MEMORY:-\d+[mg]\}", container["mem_limit"])
    assert 0 < container["pids_limit"] <= 300


@pytest.mark.parametrize("name", ["postgres", "redis", "roles"])
def test_the_servers_do_not_run_as_root(name: str) -> None:
    assert SERVICES[name]["user"] not in ("root", "0")


def test_networks_are_apart() -> None:
    members = {name: {each for each in SERVICES if name in SERVICES[each]["networks"]} for name in COMPOSE["networks"]}
    internal = {name for name, network in COMPOSE["networks"].items() if (network or {}).get("internal")}

    assert internal == {"database", "wakeups"}
    assert members == {
        "edge": {"api"},
        "vendors": {"worker"},
        "database": {"postgres", "roles", "migrate", "api", "worker"},
        "wakeups": {"redis", "api", "worker"},
    }


def test_only_the_api_is_reached_and_from_this_machine_alone() -> None:
    assert {name: container["ports"] for name, container in SERVICES.items() if "ports" in container} == {
        "api": ["${BIND_ADDRESS:-127.0.0.1}:${PORT:-8000}:8000"]
    }


def test_the_address_that_is_believed_is_the_gateway_by_which_the_proxy_comes() -> None:
    [addresses] = COMPOSE["networks"]["edge"]["ipam"]["config"]
    gateway = addresses["gateway"].partition(":-")[2].removesuffix("}")

    assert SERVICES["api"]["environment"]["FORWARDED_ALLOW_IPS"] == f"${{FORWARDED_ALLOW_IPS:-{gateway}}}"


def test_a_secret_that_is_missing_is_named_before_anything_starts() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    secret = r"PASSWORD|API_KEY|ENCRYPTION_KEYS|CLIENT_SECRET|VERIFIER_TOKENS"

    named = re.findall(rf"\$\{{([A-Z_]*(?:{secret})[A-Z_]*)(:.)", text)

    assert len(named) > 5
    assert {mark for _, mark in named} == {":?"}
