"""Answers as a shop written in PHP gives them."""

import json
from typing import Any

from fastapi.responses import JSONResponse


class EscapedJSON(JSONResponse):
    """JSON with every character beyond ASCII as an escape, so that half a surrogate pair in a text leaves as it is stored."""

    def render(self, content: Any) -> bytes:
        """The body."""
        return json.dumps(content, allow_nan=False, separators=(",", ":")).encode()
