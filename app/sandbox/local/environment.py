"""The settings of the local world: keys of its own, made once and kept, and what every process of it is told."""

import base64
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from app.sandbox.local.services import ServiceAddresses
from app.settings import Settings

DEMO_QUIET_SECONDS = "5"


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """Secrets of this checkout; they guard nothing but the demo, and still stay out of the repository, of `ps` and of logs."""

    admin_api_key: str
    encryption_keys: str
    certificate_key: str
    client_id: str
    client_secret: str
    verifier_token: str
    oncord_token: str


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the three listening processes of the local world answer."""

    service: str
    quickbooks: str
    oncord: str


def addresses_from(port: int) -> Addresses:
    """Three neighbouring ports on this machine only."""
    service, quickbooks, oncord = (f"http://127.0.0.1:{number}" for number in ports_from(port))
    return Addresses(service, quickbooks, oncord)


def ports_from(port: int) -> tuple[int, int, int]:
    """The ports of the API, the QuickBooks simulator and the Oncord simulator."""
    return port, port + 1, port + 2


def load_keys(data: Path) -> Keys:
    """The keys of this data folder, made at the first start (those that came later at the next one), readable by nobody else."""
    file = data / "keys.json"
    made: dict[str, str] = json.loads(file.read_text()) if file.is_file() else {}
    if len(made) == len(fields(Keys)):
        return Keys(**made)
    keys = _new_keys()
    unfinished = file.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as output:
        json.dump(asdict(keys) | made, output)
    unfinished.rename(file)
    return Keys(**(asdict(keys) | made))


def _new_keys() -> Keys:
    return Keys(
        admin_api_key=secrets.token_urlsafe(24),
        certificate_key=base64.b64encode(secrets.token_bytes(32)).decode(),
        encryption_keys=f"local:{base64.b64encode(secrets.token_bytes(32)).decode()}",
        client_id=f"sandbox-{secrets.token_hex(8)}",
        client_secret=secrets.token_urlsafe(24),
        verifier_token=secrets.token_urlsafe(24),
        oncord_token=secrets.token_urlsafe(24),
    )


def child_environment(
    settings: Settings, inherited: Mapping[str, str], keys: Keys, world: Addresses, services: ServiceAddresses
) -> dict[str, str]:
    """What API and worker find in their environment. What a person has set wins, except where the demo's vendors are."""
    named = settings.model_fields_set
    environment = {
        **inherited,
        "PYTHONUNBUFFERED": "1",
        "DATABASE_URL": services.database_url,
        "REDIS_URL": services.redis_url,
        "ADMIN_API_KEY": settings.admin_api_key or keys.admin_api_key,
        "ENCRYPTION_KEYS": ",".join(settings.encryption_keys) or keys.encryption_keys,
        "CERTIFICATE_KEY": settings.certificate_key or keys.certificate_key,
        "PUBLIC_URL": settings.public_url if "public_url" in named else world.service,
        "QUICKBOOKS_CLIENT_ID": keys.client_id,
        "QUICKBOOKS_CLIENT_SECRET": keys.client_secret,
        "QUICKBOOKS_ENVIRONMENT": "sandbox",
        "QUICKBOOKS_WEBHOOK_VERIFIER_TOKENS": keys.verifier_token,
        "QUICKBOOKS_API_URL": world.quickbooks,
        "QUICKBOOKS_AUTHORIZE_URL": f"{world.quickbooks}/connect/oauth2",
        "QUICKBOOKS_TOKEN_URL": f"{world.quickbooks}/oauth2/v1/tokens/bearer",
        "QUICKBOOKS_REVOKE_URL": f"{world.quickbooks}/v2/oauth2/tokens/revoke",
        "ALLOW_PRIVATE_ONCORD_URLS": "1",
        "ALLOW_WEAK_SETTINGS": "1",
    }
    if "sync_quiet_seconds" not in named:
        environment["SYNC_QUIET_SECONDS"] = DEMO_QUIET_SECONDS
    if "log_format" not in named:
        environment["LOG_FORMAT"] = "text"
    # The owner's address is for migrations; no serving process ever holds it.
    environment["MIGRATION_DATABASE_URL"] = ""
    return environment
