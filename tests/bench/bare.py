"""The least that an endpoint can do: FastAPI answering 200. What the webhooks' rate is told in."""

from fastapi import FastAPI, Response

app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)


@app.post("/webhooks/quickbooks")
async def receive() -> Response:
    """Take nothing in and say that all is well."""
    return Response(status_code=200)
