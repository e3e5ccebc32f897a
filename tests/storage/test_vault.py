"""Secrets at rest open only where they were sealed, and keys rotate."""

import base64
import random

import pytest

from app.storage.connections.vault import Vault, VaultError


def key(name: str, byte: int) -> str:
    return f"{name}:{base64.b64encode(bytes([byte]) * 32).decode()}"


CHANCE = random.Random(7)
OLD, NEW = key("2025", 1), key("2026", 2)


def test_what_is_sealed_opens_for_the_same_row_only() -> None:
    vault = Vault([NEW], CHANCE)
    sealed = vault.seal("s3cret ü", "token:con_1:refresh")

    assert "s3cret" not in sealed
    assert vault.open(sealed, "token:con_1:refresh") == "s3cret ü"
    with pytest.raises(VaultError, match="another row"):
        vault.open(sealed, "token:con_2:refresh")


def test_the_same_secret_never_looks_the_same_twice() -> None:
    vault = Vault([NEW], CHANCE)

    assert vault.seal("x", "c") != vault.seal("x", "c")


def test_a_new_key_in_front_seals_and_the_old_one_still_opens() -> None:
    before = Vault([OLD], CHANCE).seal("x", "c")
    rotated = Vault([NEW, OLD], CHANCE)

    assert rotated.open(before, "c") == "x"
    assert rotated.seal("x", "c").startswith(f"v1.{NEW.partition(':')[0]}.")
    with pytest.raises(VaultError, match="2025"):
        Vault([NEW], CHANCE).open(before, "c")


@pytest.mark.parametrize("broken", ["", "plain", "v1.2026", "v1.2026.", "v1.2026.%%%", "v1.2026.AAAA", "v2.2026.AAAA"])
def test_what_was_never_sealed_is_refused(broken: str) -> None:
    with pytest.raises(VaultError):
        Vault([NEW], CHANCE).open(broken, "c")


@pytest.mark.parametrize(
    "keys", [["nokey"], ["k:AAAA"], [":" + NEW.partition(":")[2]], ["a.b:" + NEW.partition(":")[2]], [NEW, NEW]]
)
def test_a_malformed_ring_is_refused_at_start_up(keys: list[str]) -> None:
    with pytest.raises(VaultError):
        Vault(keys, CHANCE)


def test_without_keys_nothing_is_stored_in_the_clear() -> None:
    with pytest.raises(VaultError, match="ENCRYPTION_KEYS"):
        Vault([], CHANCE).seal("x", "c")
