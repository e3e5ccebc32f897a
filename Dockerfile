# One image for the API, the worker and the migrations; the command decides. The simulators are not in it.

ARG PYTHON_IMAGE=python:3.12.12-slim-bookworm
FROM ${PYTHON_IMAGE} AS packages
WORKDIR /build
RUN python -m venv /opt/packages
COPY requirements.txt .
RUN /opt/packages/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --requirement requirements.txt

FROM ${PYTHON_IMAGE}
ENV PATH=/opt/packages/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
RUN useradd --system --uid 10001 --home-dir /srv --shell /usr/sbin/nologin service
WORKDIR /srv
COPY --from=packages /opt/packages /opt/packages
COPY alembic.ini ./
COPY alembic ./alembic
COPY app ./app
COPY workers ./workers
COPY docs/guides ./docs/guides
COPY docs/screenshots ./docs/screenshots
USER service
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/health', timeout=2)"]
CMD ["python", "-m", "app.serve", "--host", "0.0.0.0", "--port", "8000", "--timeout-graceful-shutdown", "20"]
