"""What the API is started with."""

from typing import Any

import pytest
import uvicorn.main

from app import serve


def test_no_answer_says_which_program_serves_and_options_are_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    command: Any = uvicorn.main
    started: list[list[str]] = []
    monkeypatch.setattr(serve, "_more_files", lambda: None)
    monkeypatch.setattr(command, "main", started.append)

    serve.main(["--port", "8123"])

    options = command.make_context("serve", started[0]).params
    assert (options["server_header"], options["port"], options["factory"]) == (False, 8123, True)
