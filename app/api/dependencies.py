"""What an endpoint may ask for: the service container and the settings."""

from typing import Annotated

from fastapi import Depends, Request

from app.services.callers import shortened
from app.services.ports import ServiceContainer
from app.settings import Settings


def _container(request: Request) -> ServiceContainer:
    container: ServiceContainer = request.app.state.container
    return container


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


def network_of(request: Request) -> str:
    """The network that whoever asks comes from, as the audit names it."""
    return shortened(request.client.host if request.client else None)


ContainerOf = Annotated[ServiceContainer, Depends(_container)]
SettingsOf = Annotated[Settings, Depends(_settings)]
