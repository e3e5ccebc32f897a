"""A site's webhook secret is changed without losing an event: two are good until the site has taken the new one."""

import base64
import hashlib
import hmac
from typing import Any

import pytest

from app import keys
from app.errors import Unreachable
from app.oncord.client import OncordSide
from tests.support.app import SITE, Service

BODY = b'{"type": "sale.saved", "data": {"entity": "sale", "id": "1", "version": "1", "action": "saved"}}'


async def rotate(service: Service, connection_id: str) -> Any:
    return await service.api.post(f"/api/v1/connections/{connection_id}/webhook-secret/rotate")


def secret_of(service: Service) -> str:
    secret: str = service.shop.sites[SITE].connector["secret"]
    return secret


async def posted(service: Service, connection_id: str, secret: str, message: str) -> int:
    at = str(int(service.clock.now().timestamp()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signature = base64.b64encode(hmac.digest(key, f"{message}.{at}.".encode() + BODY, hashlib.sha256)).decode()
    headers = {"webhook-id": message, "webhook-timestamp": at, "webhook-signature": f"v1,{signature}"}
    answer = await service.browser.post(f"/webhooks/oncord/{connection_id}", content=BODY, headers=headers)
    return answer.status_code


async def stored(service: Service, connection_id: str) -> int:
    async with service.container.database.transaction(connection_id) as tx:
        row = await (await tx.execute("SELECT oncord_secrets FROM connection")).fetchone()
    assert row is not None
    return len(row["oncord_secrets"])


async def test_once_the_site_has_taken_the_new_secret_the_old_one_is_refused(service: Service) -> None:
    connection_id = (await service.connect_site())["id"]
    old = secret_of(service)
    assert await posted(service, connection_id, old, "msg_1") == 200

    assert (await rotate(service, connection_id)).status_code == 200

    new = secret_of(service)
    assert new != old
    assert await posted(service, connection_id, new, "msg_2") == 200
    service.clock.advance(seconds=31)
    assert await posted(service, connection_id, old, "msg_3") == 401
    assert await stored(service, connection_id) == 1


async def test_until_the_site_has_taken_it_both_are_good(service: Service) -> None:
    connection_id = (await service.connect_site())["id"]
    old = secret_of(service)
    service.shop.hazards.set({"unavailable": True})

    refused = await rotate(service, connection_id)

    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (503, "oncord-unreachable")
    assert "Until it has, both are good" in refused.json()["detail"]
    service.shop.hazards.set({"unavailable": False})
    assert secret_of(service) == old
    assert await posted(service, connection_id, old, "msg_1") == 200
    assert await stored(service, connection_id) == 2

    assert (await rotate(service, connection_id)).status_code == 200
    assert await posted(service, connection_id, secret_of(service), "msg_2") == 200
    assert await stored(service, connection_id) == 1


async def test_a_new_secret_whose_answer_was_lost_is_good_too_and_told_again(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection_id = (await service.connect_site())["id"]
    old = secret_of(service)
    real = OncordSide.set_connector

    async def lost(side: OncordSide, url: str, secret: str) -> None:
        await real(side, url, secret)
        raise Unreachable("The shop did not answer.")

    monkeypatch.setattr(OncordSide, "set_connector", lost)

    assert (await rotate(service, connection_id)).status_code == 503

    monkeypatch.setattr(OncordSide, "set_connector", real)
    new = secret_of(service)
    assert new != old
    assert await posted(service, connection_id, new, "msg_1") == 200
    assert (await rotate(service, connection_id)).status_code == 200
    assert (secret_of(service), await stored(service, connection_id)) == (new, 1)


async def test_the_audit_says_who_rotated_and_the_command_does_the_same(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    connection_id = (await service.connect_site())["id"]
    old = secret_of(service)

    assert await keys.webhook_secret(service.app.state.runtime, connection_id) == 0

    assert secret_of(service) != old
    assert "signs with a new secret" in capsys.readouterr().out
    written = (await service.api.get(f"/api/v1/connections/{connection_id}/audit")).json()["items"][0]
    assert (written["action"], written["who"]) == ("site_secret.renewed", "command line")
    assert await keys.webhook_secret(service.app.state.runtime, "con_nobody") == 1
