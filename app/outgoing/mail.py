"""A message as mail, over one SMTP server: encrypted wherever it leaves this machine."""

from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

import aiosmtplib
from aiosmtplib.errors import SMTPAuthenticationError, SMTPException, SMTPRecipientsRefused, SMTPResponseException

from app.outgoing.sent import Sent
from app.storage.people.messages import Message

SECONDS = 20.0
PERMANENT = 500
"""From this code on a server says that it will never take a mail (RFC 5321, 4.2.1)."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail goes out, and from whom it comes. `tls`: from the first byte; otherwise it is asked for (STARTTLS), and has to be
    given by every server but one on this machine."""

    host: str
    port: int
    tls: bool
    user: str
    password: str
    sender: str


def server_at(smtp_url: str, mail_from: str) -> MailServer:
    """The server of SMTP_URL ("smtps://user:password@mail.example:465", "smtp://mail.example:587"). Raises ValueError."""
    parts = urlsplit(smtp_url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ValueError("not an address of a mail server")
    tls = parts.scheme == "smtps"
    user, password = (unquote(word or "") for word in (parts.username, parts.password))
    return MailServer(parts.hostname, parts.port or (465 if tls else 587), tls, user, password, mail_from)


def mail_of(message: Message, connection_name: str, public_url: str, sender: str, address: str) -> EmailMessage:
    """The mail, in plain text."""
    mail = EmailMessage()
    mail["From"], mail["To"] = sender, address
    mail["Subject"] = _one_line(f"{connection_name}: {message.title}" if connection_name else message.title)
    mail["Date"] = format_datetime(message.at)
    mail["Message-ID"] = f"<{message.id}@{sender.rpartition('@')[2].strip('>')}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday answers it
    lines = [f"- {line}" for line in message.lines]
    parts = (message.summary, "\n".join(lines), message.advice, f"{public_url}{message.path}")
    mail.set_content("\n\n".join(part for part in parts if part) + "\n")
    return mail


async def post(server: MailServer, mail: EmailMessage) -> Sent:
    """Hand a mail to the server. Never raises for what the server does."""
    try:
        await aiosmtplib.send(
            mail,
            hostname=server.host,
            port=server.port,
            username=server.user or None,
            password=server.password or None,
            use_tls=server.tls,
            start_tls=None if server.tls or is_this_machine(server.host) else True,
            timeout=SECONDS,
        )
    except SMTPRecipientsRefused as refused:
        codes = [each.code for each in refused.recipients]
        return Sent(False, f"The mail server does not take this address ({min(codes)}).", final=min(codes) >= PERMANENT)
    except SMTPAuthenticationError as refused:
        return Sent(
            False, f"The mail server did not let us in ({refused.code}): whoever runs this service looks at SMTP_URL."
        )
    except SMTPResponseException as refused:
        return Sent(False, f"The mail server refused it ({refused.code}).", final=refused.code >= PERMANENT)
    except (SMTPException, OSError, ValueError):
        return Sent(False, "The mail server could not be reached, or does not encrypt.")
    return Sent(True, "Taken by the mail server.")


def is_this_machine(host: str) -> bool:
    """Whether mail to this host does not leave the machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _one_line(text: str) -> str:
    return " ".join(text.split())
