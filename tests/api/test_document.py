"""The OpenAPI document tells the truth: whatever fits it, or nearly does, is answered as it says and never with a 5xx."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvicorn

from tests.support.app import API_KEY, Service

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
PATIENCE_SECONDS = 120


@asynccontextmanager
async def listening(service: Service) -> AsyncIterator[str]:
    """The application on a port of its own."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(service.app, lifespan="off", log_config=None, access_log=False))
        task = service.app.state.runtime.tasks.start(server.serve(sockets=[door]), name="listening")
        yield f"http://127.0.0.1:{door.getsockname()[1]}"
        server.should_exit = True
        await task


@pytest.mark.slow
async def test_requests_made_from_the_document_are_answered_as_it_says(service: Service, tmp_path: Path) -> None:
    connection_id, _ = await service.ready_connection()
    assert (await service.api.post(f"/api/v1/connections/{connection_id}/syncs")).status_code == 202

    async with listening(service) as address:
        process = await asyncio.create_subprocess_exec(
            str(Path(sys.executable).with_name("st")),
            *("run", f"{address}/openapi.json", "-H", f"Authorization: Bearer {API_KEY}", "--checks", CHECKS),
            *("--phases", "examples,fuzzing", "--max-examples", "6", "--seed", "1"),
            *("--exclude-path-regex", "^/webhooks/"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=tmp_path,
        )
        try:
            told, _ = await asyncio.wait_for(process.communicate(), PATIENCE_SECONDS)
        finally:
            if process.returncode is None:
                process.kill()

    assert process.returncode == 0, told.decode()[-6000:]
