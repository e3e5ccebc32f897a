"""The settings of the local world: keys kept to oneself, and a person's own settings respected."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from app.sandbox.local.environment import addresses_from, child_environment, load_keys
from app.sandbox.local.services import ServiceAddresses
from app.settings import Settings
from app.tieout.signature import public_key

SERVICES = ServiceAddresses("postgresql://app@/db", "postgresql://owner@/db", "unix:///valkey.sock", None)


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> type[Settings]:
    """The settings class, in an environment that names none of them."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    return Settings


def test_keys_are_made_once_and_readable_by_their_owner_only(tmp_path: Path) -> None:
    keys = load_keys(tmp_path)

    assert load_keys(tmp_path) == keys
    assert [oct(file.stat().st_mode & 0o777) for file in tmp_path.iterdir()] == ["0o600"]
    assert keys.admin_api_key not in repr(load_keys(tmp_path))


def test_a_folder_of_before_gets_the_key_of_certificates_and_keeps_the_others(tmp_path: Path) -> None:
    keys = load_keys(tmp_path)
    before = {name: value for name, value in asdict(keys).items() if name != "certificate_key"}
    (tmp_path / "keys.json").write_text(json.dumps(before))

    again = load_keys(tmp_path)

    assert {name: value for name, value in asdict(again).items() if name != "certificate_key"} == before
    assert public_key(again.certificate_key) not in ("", public_key(keys.certificate_key))
    assert load_keys(tmp_path) == again


def test_the_demo_has_a_short_quiet_period_and_vendors_on_this_machine(
    settings: type[Settings], tmp_path: Path
) -> None:
    environment = child_environment(settings(), {}, load_keys(tmp_path), addresses_from(18000), SERVICES)

    assert environment["SYNC_QUIET_SECONDS"] == "5"
    assert environment["PUBLIC_URL"] == "http://127.0.0.1:18000"
    assert environment["QUICKBOOKS_API_URL"] == "http://127.0.0.1:18001"
    assert environment["ALLOW_PRIVATE_ONCORD_URLS"] == "1"


def test_what_a_person_has_set_wins_over_the_demo(
    settings: type[Settings], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mine = {"SYNC_QUIET_SECONDS": "2", "ADMIN_API_KEY": "mine", "PUBLIC_URL": "https://tunnel.example"}
    for name, value in mine.items():
        monkeypatch.setenv(name, value)

    environment = child_environment(settings(), mine, load_keys(tmp_path), addresses_from(8000), SERVICES)

    assert {name: environment[name] for name in mine} == mine


def test_no_serving_process_learns_the_address_of_the_tables_owner(settings: type[Settings], tmp_path: Path) -> None:
    inherited = {"MIGRATION_DATABASE_URL": "postgresql://owner@/db"}

    environment = child_environment(settings(), inherited, load_keys(tmp_path), addresses_from(8000), SERVICES)

    assert not [name for name, value in environment.items() if "owner" in value]
