"""What an endpoint may ask for: the service container, the settings, who is asking."""

from typing import Annotated

from fastapi import Depends, Request

from app.runtime import Runtime
from app.services.ports import ServiceContainer
from app.settings import Settings


def _desk(request: Request) -> ServiceContainer:
    container: ServiceContainer = request.app.state.container
    return container


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


def _runtime(request: Request) -> Runtime:
    runtime: Runtime = request.app.state.runtime
    return runtime


DeskOf = Annotated[ServiceContainer, Depends(_desk)]
SettingsOf = Annotated[Settings, Depends(_settings)]
RuntimeOf = Annotated[Runtime, Depends(_runtime)]

CALLER = "API key"
"""How acts of the API are signed in the audit."""
