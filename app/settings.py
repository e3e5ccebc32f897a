"""The environment, typed; the only module that reads it."""

import base64
from functools import lru_cache
from typing import Annotated, Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

INTUIT = {
    "production": "https://quickbooks.api.intuit.com",
    "sandbox": "https://sandbox-quickbooks.api.intuit.com",
}
"""The API's base addresses by environment (without /v3). The OAuth addresses are the same for both."""

MOST_KEYS = 2
"""Of the operator, at once."""


def _listed(value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",") if part.strip())


class Settings(BaseSettings):
    """Everything that differs between two installations. Names in the environment are these, in capitals."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    database_url: str = ""
    migration_database_url: str = ""
    """The owner's address, for `alembic upgrade head`; empty: the same as DATABASE_URL."""
    redis_url: str = ""
    public_url: str = "http://127.0.0.1:8000"
    admin_api_key: str = ""
    """One key, or two with a comma between them while one takes the other's place."""
    encryption_keys: Annotated[tuple[str, ...], NoDecode] = ()
    """`id:base64` of 32 bytes each, the newest first; older ones still decrypt."""

    certificate_key: str = ""
    """Base64 of 32 bytes: the private key (Ed25519) under which certificates are signed; empty: they are not."""

    quickbooks_client_id: str = ""
    quickbooks_client_secret: str = ""
    quickbooks_environment: Literal["production", "sandbox"] = "sandbox"
    quickbooks_webhook_verifier_tokens: Annotated[tuple[str, ...], NoDecode] = ()
    quickbooks_api_url: str = ""
    quickbooks_authorize_url: str = "https://appcenter.intuit.com/connect/oauth2"
    quickbooks_token_url: str = "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer"  # noqa: S105
    quickbooks_revoke_url: str = "https://developer.api.intuit.com/v2/oauth2/tokens/revoke"
    quickbooks_monthly_reads: int = 500_000
    quickbooks_upkeep_reads: int = Field(default=12, ge=0)
    """A connection and week."""

    sync_quiet_seconds: float = Field(default=120, ge=0)
    sync_max_wait_seconds: float = Field(default=600, ge=0)
    sync_idle_hours: float = Field(default=12, gt=0)
    source_check_hours: float = Field(default=24, ge=0)
    """How often the mirrors are checked against both sides, along with a download; 0: only when somebody asks."""
    sync_sweep_seconds: float = Field(default=30, gt=0)
    sync_turn_seconds: float = Field(default=60, gt=0)
    sync_request_seconds: float = Field(default=130, ge=1)
    """How long an answer of a vendor may take; a lease and a take-over wait for it. Intuit's own longest is 120."""
    worker_max_runs: int = Field(default=4, gt=0)
    worker_slow_runs: int = Field(default=2, gt=0)

    api_requests_per_minute: int = Field(default=3000, ge=0)
    """For each API key and each address; a connection has a third of it. 0: no limit."""
    api_failed_keys_per_minute: int = Field(default=20, ge=0)
    """Wrong keys for each address, in the API and the console together. 0: no limit."""
    forwarded_allow_ips: str = "127.0.0.1,::1"
    """Whose word about a client's address is believed. uvicorn reads it, from the environment alone; here it is judged."""

    smtp_url: str = ""
    """The mail server: `smtps://user:password@host:465`, or `smtp://host:587`, which has to encrypt; empty: no mail is sent."""
    mail_from: str = ""
    """The address that mail comes from."""

    allow_weak_settings: bool = False
    """Start although `app.weak_settings` finds something; each finding is logged instead."""
    allow_private_oncord_urls: bool = False
    console_frame_origin: str = ""
    retention_days: int = Field(default=90, gt=0)
    retention_removed_days: int = Field(default=30, ge=0)
    """How long a removed connection is kept whole, so that it can be taken up again with what both sides last agreed on."""
    retention_record_years: int = Field(default=7, ge=5, le=100)
    """How long what was written, voided or deleted of money is kept, and who did what; the law asks for five years and more."""
    log_format: Literal["json", "text"] = "json"
    log_level: str = "INFO"

    @field_validator("encryption_keys", "quickbooks_webhook_verifier_tokens", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return _listed(value) if isinstance(value, str) else value

    @field_validator("admin_api_key")
    @classmethod
    def _is_one_key_or_two(cls, value: str) -> str:
        if len(_listed(value)) > MOST_KEYS:
            raise ValueError("ADMIN_API_KEY holds more than two keys: take out those that nobody uses any more")
        return value

    @field_validator("certificate_key")
    @classmethod
    def _is_a_key(cls, value: str) -> str:
        try:
            fits = not value or len(base64.b64decode(value, validate=True)) == 32
        except ValueError:
            fits = False
        if not fits:
            raise ValueError("CERTIFICATE_KEY is no key: take `openssl rand -base64 32`, or leave it empty")
        return value

    @property
    def owners_database_url(self) -> str:
        """The database as the owner of the tables: MIGRATION_DATABASE_URL, or DATABASE_URL where there is one role only."""
        return self.migration_database_url or self.database_url

    @property
    def admin_api_keys(self) -> tuple[str, ...]:
        """The operator's keys: none, one, or two."""
        return _listed(self.admin_api_key)

    @property
    def quickbooks_base(self) -> str:
        """The API's base address: QUICKBOOKS_API_URL, or the one of the environment."""
        return (self.quickbooks_api_url or INTUIT[self.quickbooks_environment]).rstrip("/")


@lru_cache(maxsize=1)
def load_settings() -> Settings:
    """Read the environment once per process."""
    return Settings()
