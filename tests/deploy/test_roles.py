"""The script that makes the roles leaves what is there as it is: it runs before each migration (docker-compose.yml)."""

import os
import subprocess
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

from app.sandbox.local.binaries import find_binaries
from app.sandbox.local.services import ServiceAddresses
from app.storage.database import conninfo

SCRIPT = Path(__file__).parent.parent.parent / "docker" / "roles.sh"


def test_it_can_be_run_again_and_makes_the_role_that_is_missing(services: ServiceAddresses) -> None:
    assert services.admin_database_url is not None
    address = make_url(services.admin_database_url)
    environment = {
        "PATH": f"{find_binaries().postgres.parent}:{os.environ['PATH']}",
        "PGHOST": str(address.query["host"]),
        "POSTGRES_USER": str(address.username),
        "ONCORD_OWNER_PASSWORD": "one",
        "ONCORD_APP_PASSWORD": "two",
    }
    elsewhere = address.set(database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(conninfo(elsewhere), autocommit=True) as admin:
        admin.execute("REVOKE oncord_every FROM oncord_app")
        for _ in range(2):
            done = subprocess.run(["sh", str(SCRIPT)], env=environment, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr

        members = admin.execute(
            "SELECT roleid::regrole::text, member::regrole::text, inherit_option, set_option FROM pg_auth_members"
            " WHERE roleid::regrole::text LIKE 'oncord_%' AND member::regrole::text LIKE 'oncord_%' ORDER BY 1, 2"
        ).fetchall()
    assert members == [
        ("oncord_app", "oncord_owner", False, True),
        ("oncord_every", "oncord_app", False, True),
        ("oncord_every", "oncord_owner", False, True),
    ]
