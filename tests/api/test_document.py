"""The OpenAPI document tells the truth: whatever fits it, or nearly does, is answered as it says and never with a 5xx.

With a key and without one, over the whole document. Without one nothing but what is open answers anything but a 401.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.app import API_KEY, Service, running_service
from tests.support.listening import listening
from tests.support.services import DatabaseUrls

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
PATIENCE_SECONDS = 120


@pytest.fixture
async def service(own_database: DatabaseUrls) -> AsyncIterator[Service]:
    """The running application, which does not count how often it is asked."""
    async with running_service(own_database, api_requests_per_minute=0, api_failed_keys_per_minute=0) as running:
        yield running


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [
        ["-H", f"Authorization: Bearer {API_KEY}", "--checks", f"{CHECKS},ignored_auth", "--max-examples", "5"],
        ["--checks", CHECKS, "--max-examples", "2"],
    ],
    ids=["with a key", "without one"],
)
async def test_requests_made_from_the_document_are_answered_as_it_says(
    service: Service, tmp_path: Path, options: list[str]
) -> None:
    connection_id, _ = await service.ready_connection()
    assert (await service.api.post(f"/api/v1/connections/{connection_id}/syncs")).status_code == 202

    async with listening(service) as address:
        process = await asyncio.create_subprocess_exec(
            str(Path(sys.executable).with_name("st")),
            *("run", f"{address}/openapi.json", *options, "--phases", "examples,fuzzing", "--seed", "1"),
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
