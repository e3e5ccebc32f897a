"""Whether this process lives, and whether it can do its work. Both are open: load balancers have no key."""

from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict

from app.api.dependencies import ContainerOf
from app.services import readiness

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """This process answers."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "ok"}]})
    status: Literal["ok"] = "ok"


class Ready(BaseModel):
    """What this process needs, and whether it is there."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "status": "ready",
                    "database": "ok",
                    "database_schema": "ok",
                    "redis": "ok",
                    "sweeper": "ok",
                    "secrets": "ok",
                }
            ]
        }
    )
    status: Literal["ready", "degraded", "unavailable"]
    database: str
    database_schema: str
    redis: str
    sweeper: str
    secrets: str
    """ok, or which keys of ENCRYPTION_KEYS are missing for what is stored."""


@router.get("/health", summary="Does the process live")
async def read_health() -> Health:
    """Always 200 while the process can answer at all."""
    return Health()


@router.get("/ready", summary="Can it do its work", responses={503: {"model": Ready, "description": "Not now."}})
async def read_ready(container: ContainerOf, request: Request, response: Response) -> Ready:
    """503 only where the database is away or has another schema; without Redis or a sweeper it is `degraded`, and
    where stored secrets cannot be opened. It is looked at once a second at most, and at the secrets once a minute."""
    looks: readiness.Looks = request.app.state.looks
    found = await looks.look(container, request.app.state.schema_head)
    response.status_code = 200 if found.ready else 503
    return Ready.model_validate(
        {"status": found.status, **{name: getattr(found, name) for name in Ready.model_fields if name != "status"}}
    )
