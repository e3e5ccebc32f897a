"""A key is taken out of ENCRYPTION_KEYS while everything is at work, and what is sealed with one that is gone stops nobody."""

import asyncio
import base64
from datetime import timedelta
from typing import Any

import pytest

from app import keys
from app.domain.guards.grant_age import TokenPair
from app.services import secrets_at_rest
from app.storage.connections.vault import Vault, VaultError
from app.storage.database import EVERY_CONNECTION
from tests.support.app import SITE, SITE_TOKEN, Service


def key(name: str, byte: int) -> str:
    return f"{name}:{base64.b64encode(bytes([byte]) * 32).decode()}"


NEW = key("new", 7)


def start_anew_with(service: Service, *ring: str) -> None:
    """As if the process had been started with other ENCRYPTION_KEYS."""
    vault = service.container.vault
    vault._ring = Vault(ring, service.container.chance)._ring
    service.app.state.event_intake = None


def own_key(service: Service) -> str:
    return service.settings.encryption_keys[0]


async def sealed_by(service: Service) -> dict[str, int]:
    found = await secrets_at_rest.by_key(service.container.database, service.container.vault)
    return {each.key_id: each.secrets for each in found}


async def ready(service: Service) -> dict[str, Any]:
    answer = await service.browser.get("/ready")
    found: dict[str, Any] = {**answer.json(), "http": answer.status_code}
    return found


async def test_after_sealing_anew_everything_works_without_the_old_key(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    before = own_key(service)
    start_anew_with(service, NEW, before)
    assert await sealed_by(service) == {"new": 0, before.partition(":")[0]: 4}

    done = await secrets_at_rest.seal_anew(service.container.database, service.container.vault)

    assert (done.secrets, done.unopenable) == (4, ())
    start_anew_with(service, NEW)
    assert await sealed_by(service) == {"new": 4}
    assert (await ready(service))["secrets"] == "ok"
    assert (await service.choices(connection_id))["payment_methods"]
    assert (await service.configure(connection_id)).status_code == 200
    secret = service.shop.sites[SITE].connector["secret"]
    assert secret
    assert (await service.api.delete(f"/api/v1/connections/{connection_id}")).status_code == 204


async def test_it_can_be_stopped_anywhere_and_begun_again(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    await service.ready_connection()
    database, vault = service.container.database, service.container.vault
    start_anew_with(service, NEW, own_key(service))
    real = secrets_at_rest.sealed.seal_grants_anew

    async def stopped(*_: Any) -> Any:
        raise asyncio.CancelledError

    monkeypatch.setattr(secrets_at_rest.sealed, "seal_grants_anew", stopped)
    with pytest.raises(asyncio.CancelledError):
        await secrets_at_rest.seal_anew(database, vault)
    assert (await sealed_by(service))["new"] == 2

    monkeypatch.setattr(secrets_at_rest.sealed, "seal_grants_anew", real)
    assert (await secrets_at_rest.seal_anew(database, vault)).secrets == 2
    assert (await secrets_at_rest.seal_anew(database, vault)).secrets == 0


async def test_many_are_sealed_anew_batch_by_batch(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    await service.ready_connection()
    monkeypatch.setattr(secrets_at_rest, "ROWS_AT_ONCE", 2)
    async with service.container.database.transaction(EVERY_CONNECTION) as tx:
        for number in range(5):
            other = f"con_{number}"
            token = service.container.vault.seal("token", f"connection:{other}:oncord-token")
            await tx.execute(
                "INSERT INTO connection (id, oncord_api_url, oncord_token, oncord_secrets, facts, created_at, updated_at)"
                " VALUES (%s, %s, %s, '[]', '{}', now(), now())",
                (other, f"https://{number}.example", token),
            )
    start_anew_with(service, NEW, own_key(service))

    done = await secrets_at_rest.seal_anew(service.container.database, service.container.vault)

    assert done.secrets == 9
    assert [count for name, count in (await sealed_by(service)).items() if name != "new"] == [0]


async def test_a_token_that_is_stored_meanwhile_is_neither_lost_nor_overwritten(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    grants, database, vault = service.container.grants, service.container.database, service.container.vault
    start_anew_with(service, NEW, own_key(service))
    now = service.clock.now()

    async def refreshed(number: int) -> None:
        grant = await grants.read(connection_id)
        assert grant is not None
        pair = TokenPair(f"access {number}", f"refresh {number}", now + timedelta(hours=1))
        assert await grants.store(connection_id, grant.version, pair, now)  # type: ignore[attr-defined]

    for number in range(10):
        await asyncio.gather(refreshed(number), secrets_at_rest.seal_anew(database, vault))
        grant = await grants.read(connection_id)
        assert grant is not None
        assert (grant.pair.access_token, grant.pair.refresh_token) == (f"access {number}", f"refresh {number}")

    start_anew_with(service, NEW)
    assert await grants.read(connection_id) is not None


async def test_a_missing_key_is_named_with_what_to_do_when_ready_is_asked_and_at_the_start(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    await service.ready_connection()
    own = own_key(service).partition(":")[0]
    start_anew_with(service, NEW)

    found = await ready(service)

    assert (found["http"], found["status"]) == (200, "degraded")
    assert f"4 of 1 connection by '{own}', which is not in ENCRYPTION_KEYS" in found["secrets"]
    assert "Put such a key back" in found["secrets"]
    assert await keys.status(service.app.state.runtime) == 1
    assert "python -m app.keys seal-anew" in capsys.readouterr().out
    await secrets_at_rest.tell_what_is_amiss(service.container.database, service.container.vault)
    assert "stored secrets cannot be opened" in capsys.readouterr().out


async def test_another_key_under_the_same_name_is_told_too(service: Service) -> None:
    await service.ready_connection()
    start_anew_with(service, NEW, key(own_key(service).partition(":")[0], 9))

    assert "which is another key here" in (await ready(service))["secrets"]


async def test_with_the_key_that_is_there_everything_is_ready(service: Service) -> None:
    assert (await ready(service))["secrets"] == "ok"
    await service.ready_connection()
    assert (await ready(service))["secrets"] == "ok"


async def test_a_connection_whose_secrets_cannot_be_opened_can_be_removed(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    start_anew_with(service, NEW)

    removed = await service.api.delete(f"/api/v1/connections/{connection_id}")

    assert removed.status_code == 200
    revoking, site = removed.json()["left"]
    assert "QuickBooks could not be told that the access has ended" in revoking
    assert "The shop could not be told to stop posting" in site
    assert (await service.api.get(f"/api/v1/connections/{connection_id}")).status_code == 404
    async with service.container.database.transaction(connection_id) as tx:
        rows = await (await tx.execute("SELECT action, detail FROM audit ORDER BY id")).fetchall()
    said = {row["action"]: row["detail"] for row in rows}
    assert "cannot be opened" in said["quickbooks.not_revoked"]["reason"]
    assert "cannot be opened" in said["connection.site_still_posts"]["reason"]
    assert (await ready(service))["secrets"] == "ok"


@pytest.mark.parametrize("act", ["disconnect", "start-over"])
async def test_whoever_leaves_quickbooks_is_not_kept_by_a_missing_key(service: Service, act: str) -> None:
    connection_id, _ = await service.ready_connection()
    start_anew_with(service, NEW)

    left = await service.api.post(f"/api/v1/connections/{connection_id}/{act}")

    assert (left.status_code, left.json()["state"]) == (200, "not_connected")
    assert "QuickBooks could not be told that the access has ended" in left.json()["state_reason"]


async def test_a_fresh_token_and_a_fresh_consent_put_everything_right_without_the_lost_key(service: Service) -> None:
    connection_id, realm = await service.ready_connection()
    lost = service.shop.sites[SITE].connector["secret"]
    start_anew_with(service, NEW)

    changed = await service.api.patch(f"/api/v1/connections/{connection_id}", json={"oncord_token": SITE_TOKEN})
    assert changed.status_code == 200
    assert service.shop.sites[SITE].connector["secret"] not in (None, lost)
    assert await service.join_company(connection_id, realm) == "connected"

    assert (await ready(service))["secrets"] == "ok"
    assert (await service.choices(connection_id))["payment_methods"]


ADDRESSES = [
    ("GET", "configuration/choices", None),
    ("PATCH", "", {"oncord_api_url": "http://shop.test/sites/demo/api/connector/v1/"}),
    ("POST", "webhook-secret/rotate", None),
    ("PUT", "configuration", {}),
    ("POST", "launch-link", None),
    ("POST", "syncs", {}),
    ("POST", "tie-outs", {}),
    ("GET", "", None),
]


@pytest.mark.parametrize(("method", "address", "body"), ADDRESSES)
async def test_no_address_answers_500_for_a_key_that_is_gone(
    service: Service, method: str, address: str, body: dict[str, Any] | None
) -> None:
    connection_id, _ = await service.ready_connection()
    wish = await service.wish(connection_id) if (method, address) == ("PUT", "configuration") else body
    start_anew_with(service, NEW)

    answer = await service.api.request(method, f"/api/v1/connections/{connection_id}/{address}".rstrip("/"), json=wish)

    assert answer.status_code != 500
    if answer.status_code == 503:
        assert answer.json()["type"].endswith("/secret-unreadable")
        assert "puts its key back into ENCRYPTION_KEYS" in answer.json()["detail"]


async def test_an_event_that_cannot_be_verified_for_want_of_a_key_is_asked_for_again(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    start_anew_with(service, NEW)
    headers = {"webhook-id": "msg_1", "webhook-timestamp": "1", "webhook-signature": "v1,AAAA"}

    answer = await service.browser.post(f"/webhooks/oncord/{connection_id}", content=b"{}", headers=headers)

    assert answer.status_code == 503
    assert answer.json()["type"].endswith("/secret-unreadable")


async def test_the_command_reads_its_words(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    await service.ready_connection()

    assert await keys.seal_anew(service.app.state.runtime) == 0

    own = own_key(service).partition(":")[0]
    assert f"{own}: seals 4 secrets of 1 connections; what is sealed from now on" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        keys.main(["no-such-command"])


async def test_without_any_key_nothing_is_begun(service: Service) -> None:
    start_anew_with(service)
    with pytest.raises(VaultError, match="ENCRYPTION_KEYS is empty"):
        await secrets_at_rest.seal_anew(service.container.database, service.container.vault)
