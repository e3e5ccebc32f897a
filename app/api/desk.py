"""What an endpoint may ask for: the desk of the services, the settings, who is asking."""

from typing import Annotated

from fastapi import Depends, Request

from app.runtime import Runtime
from app.services.ports import Desk
from app.settings import Settings


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


def _runtime(request: Request) -> Runtime:
    runtime: Runtime = request.app.state.runtime
    return runtime


DeskOf = Annotated[Desk, Depends(_desk)]
SettingsOf = Annotated[Settings, Depends(_settings)]
RuntimeOf = Annotated[Runtime, Depends(_runtime)]

CALLER = "API key"
"""How acts of the API are signed in the audit."""
