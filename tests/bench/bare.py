"""What the webhooks' rate is told in: the least that an endpoint of FastAPI can do, and the least that one can do that reads and verifies.

`QUICKBOOKS_WEBHOOK_VERIFIER_TOKENS` is the token that bodies are signed with.
"""

import base64
import hashlib
import hmac
import os

from fastapi import FastAPI, HTTPException, Request, Response

app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
_TOKEN = os.environ.get("QUICKBOOKS_WEBHOOK_VERIFIER_TOKENS", "").encode()


@app.post("/plain")
async def answer() -> Response:
    """Take nothing in and say that all is well."""
    return Response(status_code=200)


@app.post("/verifying")
async def verify(request: Request) -> Response:
    """Read the body, verify its signature, and keep nothing of it."""
    signature = base64.b64encode(hmac.digest(_TOKEN, await request.body(), hashlib.sha256))
    if not hmac.compare_digest(signature, request.headers["intuit-signature"].encode()):
        raise HTTPException(401)
    return Response(status_code=200)
