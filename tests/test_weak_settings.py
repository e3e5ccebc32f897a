"""Settings under which nobody may serve: each by its name, and the ordinary ones beside them."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from app.settings import Settings
from app.weak_settings import weaknesses
from tests.support.app import ENCRYPTION_KEY

KEY = "0123456789abcdef0123456789abcdef"
PUBLIC = "https://sync.example"


def settings(**changes: Any) -> Settings:
    return Settings(
        **{"_env_file": None, "admin_api_key": KEY, "encryption_keys": ENCRYPTION_KEY, "public_url": PUBLIC, **changes}
    )


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"admin_api_key": ""},
        {"admin_api_key": "a" * 32},
        {"admin_api_key": f"{KEY}, {KEY[::-1]}"},
        {"public_url": "http://127.0.0.1:8000"},
        {"public_url": "http://localhost:8000/"},
        {"public_url": "http://[::1]:8000"},
        {"public_url": "http://127.0.0.1:8000", "allow_private_oncord_urls": True, "forwarded_allow_ips": "*"},
        {"quickbooks_api_url": "http://127.0.0.1:8001"},
        {"console_frame_origin": "https://shop.example"},
        {"console_frame_origin": "https://shop.example:8443"},
        {"forwarded_allow_ips": "172.30.77.1,10.0.0.0/8"},
        {"smtp_url": "smtps://books:word@mail.example:465", "mail_from": "books@shop.example"},
        {"smtp_url": "smtp://mail.example", "mail_from": "books@shop.example"},
        {"mail_from": "books@shop.example"},
    ],
)
def test_what_an_ordinary_installation_has_is_not_weak(changes: dict[str, Any]) -> None:
    assert weaknesses(settings(**changes)) == []


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"admin_api_key": "a"}, "ADMIN_API_KEY"),
        ({"smtp_url": "mail.example", "mail_from": "books@shop.example"}, "SMTP_URL"),
        ({"smtp_url": "https://mail.example", "mail_from": "books@shop.example"}, "SMTP_URL"),
        ({"smtp_url": "smtp://mail.example:port", "mail_from": "books@shop.example"}, "SMTP_URL"),
        ({"smtp_url": "smtp://mail.example"}, "MAIL_FROM"),
        ({"smtp_url": "smtp://mail.example", "mail_from": "books@shop.example\nBcc: a@b.example"}, "MAIL_FROM"),
        ({"admin_api_key": KEY[1:]}, "ADMIN_API_KEY"),
        ({"admin_api_key": f"{KEY},{KEY[1:]}"}, "ADMIN_API_KEY"),
        ({"encryption_keys": ""}, "ENCRYPTION_KEYS"),
        ({"encryption_keys": "k1:AAAA"}, "ENCRYPTION_KEYS"),
        ({"encryption_keys": ENCRYPTION_KEY.removeprefix("k1:")}, "ENCRYPTION_KEYS"),
        ({"public_url": "http://sync.example"}, "PUBLIC_URL"),
        ({"public_url": "http://10.0.0.1"}, "PUBLIC_URL"),
        ({"public_url": "http://localhost.example"}, "PUBLIC_URL"),
        ({"public_url": "sync.example"}, "PUBLIC_URL"),
        ({"public_url": "https://sync.example:port"}, "PUBLIC_URL"),
        ({"quickbooks_api_url": "http://books.example"}, "QUICKBOOKS_API_URL"),
        ({"quickbooks_authorize_url": "http://books.example"}, "QUICKBOOKS_AUTHORIZE_URL"),
        ({"quickbooks_token_url": "http://books.example"}, "QUICKBOOKS_TOKEN_URL"),
        ({"quickbooks_revoke_url": "ftp://books.example"}, "QUICKBOOKS_REVOKE_URL"),
        ({"console_frame_origin": "*"}, "CONSOLE_FRAME_ORIGIN"),
        ({"console_frame_origin": "https://*.example"}, "CONSOLE_FRAME_ORIGIN"),
        ({"console_frame_origin": "http://shop.example"}, "CONSOLE_FRAME_ORIGIN"),
        ({"console_frame_origin": "https://shop.example/console"}, "CONSOLE_FRAME_ORIGIN"),
        ({"console_frame_origin": "https://shop.example; script-src *"}, "CONSOLE_FRAME_ORIGIN"),
        ({"console_frame_origin": "https://shop.example https://other.example"}, "CONSOLE_FRAME_ORIGIN"),
        ({"allow_private_oncord_urls": True}, "ALLOW_PRIVATE_ONCORD_URLS"),
        ({"forwarded_allow_ips": "*"}, "FORWARDED_ALLOW_IPS"),
    ],
)
def test_a_weak_setting_is_named_once_with_what_to_do(changes: dict[str, Any], named: str) -> None:
    [weakness] = weaknesses(settings(**changes))

    assert weakness.setting == named
    assert len(weakness.advice) > 30
    assert all(str(value) not in weakness.advice for value in changes.values() if len(str(value)) > 20)


def test_the_operator_has_two_keys_at_most() -> None:
    assert settings(admin_api_key=f" {KEY} ,, {KEY[::-1]}").admin_api_keys == (KEY, KEY[::-1])
    with pytest.raises(ValidationError, match="more than two keys"):
        settings(admin_api_key=f"{KEY},{KEY},{KEY}")


SERVE = "from app.main import create_app; create_app()"
WORK = "import workers.main"


@pytest.mark.parametrize("program", [SERVE, WORK])
def test_neither_the_api_nor_a_worker_starts_with_weak_settings_unless_it_is_told_to(program: str) -> None:
    weak = {
        "ADMIN_API_KEY": "a",
        "ENCRYPTION_KEYS": "",
        "PUBLIC_URL": "http://sync.example",
        "CONSOLE_FRAME_ORIGIN": "*",
    }
    strong = {"ADMIN_API_KEY": KEY, "ENCRYPTION_KEYS": ENCRYPTION_KEY, "PUBLIC_URL": PUBLIC}

    refused = _run(program, weak)

    assert refused.returncode == 1
    assert [name for name in weak if f"  {name}: " not in refused.stderr] == []
    assert "Traceback" not in refused.stderr
    assert _run(program, strong).returncode == 0


def test_what_is_weak_and_allowed_is_told_in_the_log() -> None:
    allowed = _run(SERVE, {"ADMIN_API_KEY": "a", "ENCRYPTION_KEYS": ENCRYPTION_KEY, "ALLOW_WEAK_SETTINGS": "1"})

    assert allowed.returncode == 0
    assert "a weak setting is allowed here" in allowed.stderr
    assert "ADMIN_API_KEY" in allowed.stderr


def _run(program: str, environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parent.parent,
        env=kept | environment,
        capture_output=True,
        text=True,
        check=False,
    )
