"""A real IMAP server (pymap) as a process on loopback, its mails in memory, and a postman who brings some."""

from __future__ import annotations

import imaplib
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from signal import SIGTERM

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from servicekit.testing.process import free_port, start, stop, wait_until

USER, PASSWORD = "berichte", "geheim"
RUN = "import sys; from pymap.main import main; sys.exit(main())"


@dataclass(frozen=True)
class Server:
    """One running server. ``trust`` is what a client needs to believe its certificate."""

    port: int
    trust: ssl.SSLContext | None = None

    @property
    def url(self) -> str:
        """For this machine only, or with TLS demanded where the server can."""
        scheme = "imap+starttls" if self.trust else "imap"
        return f"{scheme}://{USER}:{PASSWORD}@127.0.0.1:{self.port}/INBOX"

    def bring(self, content: bytes, at: datetime) -> None:
        """A mail arrives at ``at``."""
        with self._client() as client:
            client.append("INBOX", "", imaplib.Time2Internaldate(at.timestamp()), content)

    def state(self) -> tuple[int, int]:
        """How many mails lie there, and how many of them are unread."""
        with self._client() as client:
            client.select("INBOX", readonly=True)
            every, unread = (client.search(None, what)[1][0].split() for what in ("ALL", "UNSEEN"))
        return len(every), len(unread)

    def empty(self) -> None:
        """Throw all away."""
        with self._client() as client:
            client.select("INBOX")
            if self.state()[0]:
                client.store("1:*", "+FLAGS", r"(\Deleted)")
                client.expunge()

    @contextmanager
    def _client(self) -> Iterator[imaplib.IMAP4]:
        with imaplib.IMAP4("127.0.0.1", self.port, timeout=10) as client:
            if self.trust:
                client.starttls(self.trust)
            client.login(USER, PASSWORD)
            yield client


def self_signed(folder: Path) -> tuple[Path, Path]:
    """A certificate for this machine, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail")])
    here = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(here, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, secret = folder / "mail.pem", folder / "mail.key"
    certificate.write_bytes(made.public_bytes(Encoding.PEM))
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return certificate, secret


@contextmanager
def running(folder: Path, certificate: tuple[Path, Path] | None = None) -> Iterator[Server]:
    """A server with an empty mailbox; with ``certificate`` (file, key) it takes no password in the clear."""
    port = free_port()
    tls = ["--cert", str(certificate[0]), "--key", str(certificate[1])] if certificate else ["--no-tls"]
    login = ["--demo-user", USER, "--demo-password", PASSWORD]
    command = [sys.executable, "-c", RUN, "--host", "127.0.0.1", "--port", str(port), *tls, "dict", *login]
    with (folder / "imap.log").open("wb") as output:
        process = start(command, output=output)
        try:
            wait_until(lambda: _listens(process, port), 30, "the IMAP server does not listen")
            trust = ssl.create_default_context(cafile=str(certificate[0])) if certificate else None
            yield Server(port, trust)
        finally:
            stop(process, SIGTERM, 5)


def _listens(process: subprocess.Popen[bytes], port: int) -> bool:
    if process.poll() is not None:
        raise RuntimeError("the IMAP server ended")
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
