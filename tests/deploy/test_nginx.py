"""The ready example of a reverse proxy (`deploy/nginx.conf`), with the real nginx before the real service."""

import asyncio
import datetime as dt
import os
import shutil
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from structlog.testing import capture_logs

from tests.support.app import API_KEY, Service
from tests.support.processes import three_free_ports, wait_until

NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
EXAMPLE = Path(__file__).parent.parent.parent / "deploy" / "nginx.conf"
HOST = "sync.example.com"
CONNECTIONS = 8

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(NGINX is None, reason="nginx is not on this machine (Debian: apt install nginx-light)"),
]


@dataclass(frozen=True)
class Proxy:
    """nginx with the example's configuration, but for ports, paths and waits."""

    plain: int
    secure: int
    folder: Path

    @asynccontextmanager
    async def client(self, last: int) -> AsyncIterator[httpx.AsyncClient]:
        """Somebody at 127.0.0.`last`: each has limits of their own."""
        trusted = ssl.create_default_context(cafile=str(self.folder / "tls.pem"))
        transport = httpx.AsyncHTTPTransport(verify=trusted, local_address=f"127.0.0.{last}", http1=True)

        async def name(request: httpx.Request) -> None:
            request.extensions["sni_hostname"] = HOST

        hooks = {"request": [name]}
        async with httpx.AsyncClient(transport=transport, trust_env=False, timeout=30, event_hooks=hooks) as client:
            client.headers["Host"] = HOST
            yield client

    def url(self, path: str) -> str:
        return f"https://127.0.0.1:{self.secure}{path}"

    def wire(self, last: int, name: str = HOST) -> ssl.SSLSocket:
        """A connection to write on by hand."""
        trusted = ssl.create_default_context(cafile=str(self.folder / "tls.pem"))
        plain = socket.create_connection(("127.0.0.1", self.secure), 20, (f"127.0.0.{last}", 0))
        return trusted.wrap_socket(plain, server_hostname=name)


@pytest.fixture
async def proxy(service: Service, tmp_path: Path) -> AsyncIterator[Proxy]:
    ports = three_free_ports()
    folder = tmp_path / "nginx"
    folder.mkdir()
    _certificate(folder)
    _configuration(folder, api=ports, plain=ports + 1, secure=ports + 2)
    options = uvicorn.Config(
        service.app, port=ports, lifespan="off", log_config=None, access_log=False, forwarded_allow_ips="127.0.0.1"
    )
    server = uvicorn.Server(options)
    task = service.app.state.runtime.tasks.start(server.serve(), name="listening")
    with _nginx(folder):
        assert await asyncio.to_thread(wait_until, lambda: _listens(ports + 2) and _listens(ports), 30)
        yield Proxy(ports + 1, ports + 2, folder)
    server.should_exit = True
    await task


@contextmanager
def _nginx(folder: Path) -> Iterator[None]:
    """The real one, once it has found nothing wrong with its configuration."""
    assert NGINX is not None
    command = [NGINX, "-p", str(folder), "-c", str(folder / "main.conf"), "-e", str(folder / "start.log")]
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    process = subprocess.Popen([*command, "-g", "daemon off;"])
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


async def test_over_tls_a_client_reaches_the_service_and_the_service_knows_who_it_is(
    service: Service, proxy: Proxy
) -> None:
    with capture_logs() as lines:
        async with proxy.client(2) as client:
            plain = await client.get(f"http://127.0.0.1:{proxy.plain}/docs?x=1")
            health = await client.get(proxy.url("/health"))
            right = await client.get(proxy.url("/api/v1/connections"), headers={"Authorization": f"Bearer {API_KEY}"})
            pretending = {"Authorization": "Bearer wrong", "X-Forwarded-For": "198.51.100.7"}
            wrong = await client.get(proxy.url("/api/v1/connections"), headers=pretending)

    assert (plain.status_code, plain.headers["location"]) == (301, f"https://{HOST}/docs?x=1")
    assert [health.status_code, right.status_code, wrong.status_code] == [200, 200, 401]
    assert [line["address"] for line in lines if line.get("status") == 401] == ["127.0.0.2"]


async def test_without_tls_a_browser_is_led_on_and_a_program_is_refused(service: Service, proxy: Proxy) -> None:
    async with proxy.client(9) as client:
        plain = f"http://127.0.0.1:{proxy.plain}"
        pages = [await client.get(f"{plain}{path}") for path in ("/", "/connections/con_1", "/launch?ticket=x")]
        programs = [
            await client.get(f"{plain}/api/v1/connections", headers={"Authorization": f"Bearer {API_KEY}"}),
            await client.post(f"{plain}/webhooks/oncord/con_1", content=b"{}"),
            await client.post(f"{plain}/webhooks/quickbooks", content=b"[]"),
        ]

    assert [page.headers["location"].partition(HOST)[0] for page in pages] == ["https://"] * 3
    assert [(answer.status_code, "location" in answer.headers) for answer in programs] == [(403, False)] * 3


async def test_bodies_and_headers_have_their_limits_and_events_larger_ones(service: Service, proxy: Proxy) -> None:
    key = {"Authorization": f"Bearer {API_KEY}"}
    async with proxy.client(3) as client:
        large = await client.post(proxy.url("/api/v1/connections"), content=b" " * 300_000, headers=key)
        header = await client.get(proxy.url("/health"), headers={"X-Long": "x" * 20_000})
        posts = [
            await client.post(proxy.url(path), content=b" " * size, headers={"webhook-id": "x"})
            for path, size in (
                ("/webhooks/quickbooks", 2_000_000),
                ("/webhooks/quickbooks", 9_000_000),
                ("/webhooks/oncord/con_1", 900_000),
                ("/webhooks/oncord/con_1", 2_000_000),
            )
        ]

    assert large.status_code == 413
    assert header.status_code == 400
    # Without a signature nobody is told whether there is such a connection.
    assert [post.status_code for post in posts] == [401, 413, 401, 413]


async def test_another_name_is_refused_in_the_handshake(service: Service, proxy: Proxy) -> None:
    with pytest.raises(ssl.SSLError), proxy.wire(4, "other.example.com"):
        pass


async def test_slow_clients_are_hung_up_on_and_the_service_never_hears_of_them(service: Service, proxy: Proxy) -> None:
    def slow(head: bytes) -> bytes:
        with proxy.wire(5) as wire:
            wire.sendall(head)
            try:
                return wire.recv(1000)
            except OSError:
                return b""

    head = f"POST /api/v1/connections HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 100\r\n".encode()
    with capture_logs() as lines:
        headers = await asyncio.to_thread(slow, head)
        body = await asyncio.to_thread(slow, head + b"\r\n{")

    assert headers == b""
    assert body == b"" or body.startswith(b"HTTP/1.1 408")
    assert [line for line in lines if line.get("path") == "/api/v1/connections"] == []


async def test_an_address_has_so_many_connections_and_requests_and_others_have_theirs(
    service: Service, proxy: Proxy
) -> None:
    head = f"POST /webhooks/quickbooks HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 9\r\n\r\n{{".encode()

    held: list[ssl.SSLSocket] = []
    try:
        for _ in range(CONNECTIONS):
            held.append(proxy.wire(6))
            held[-1].sendall(head)
        async with proxy.client(6) as full, proxy.client(7) as other:
            one_too_many = await full.get(proxy.url("/health"))
            elsewhere = [await other.get(proxy.url("/health")) for _ in range(9)]
    finally:
        for wire in held:
            wire.close()

    assert one_too_many.status_code == 429
    assert [answer.status_code for answer in elsewhere][:5] == [200] * 5
    assert [answer.status_code for answer in elsewhere][-1] == 429


async def test_the_log_keeps_no_code_of_the_way_back_from_quickbooks(service: Service, proxy: Proxy) -> None:
    async with proxy.client(8) as client:
        await client.get(proxy.url("/oauth/quickbooks/callback?code=a-secret&state=another-secret"))

    log = proxy.folder / "oncord.log"
    assert await asyncio.to_thread(wait_until, lambda: "/oauth/quickbooks/callback" in log.read_text(), 10)
    assert not [file.name for file in proxy.folder.glob("*.log") if "secret" in file.read_text()]


def _configuration(folder: Path, *, api: int, plain: int, secure: int) -> None:
    """The example, with other ports and paths; what is too slow or too much is noticed sooner."""
    example = EXAMPLE.read_text()
    for old, new in (
        ("server 127.0.0.1:8000;", f"server 127.0.0.1:{api};"),
        ("listen 80", f"listen 127.0.0.1:{plain}"),
        ("listen 443", f"listen 127.0.0.1:{secure}"),
        (f"/etc/nginx/tls/{HOST}", str(folder / "tls")),
        ("/var/log/nginx/", f"{folder}/"),
        ("_timeout 10s;", "_timeout 4s;"),
        ("limit_conn oncord_addresses 64;", f"limit_conn oncord_addresses {CONNECTIONS};"),
        ("rate=50r/s", "rate=1r/m"),
        ("burst=100 ", "burst=7 "),
    ):
        assert old in example, old
        example = example.replace(old, new)
    (folder / "example.conf").write_text(example)
    paths = "".join(
        f"  {kind}_temp_path {folder / kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "main.conf").write_text(
        f"user root;\npid {folder / 'nginx.pid'};\nevents {{}}\nhttp {{\n{paths}  include {folder / 'example.conf'};\n}}\n"
    )


def _certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    names = x509.SubjectAlternativeName([x509.DNSName(HOST)])
    today = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today)
        .not_valid_after(today + dt.timedelta(days=36500))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "tls.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "tls.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
