"""Where the local stack keeps its state: the git-ignored folder ``.local``.

Promises: one stack at a time per folder, told by a lock that ends with its holder, never by a stale
process id; secrets are made once, readable by their owner only.
Shown by ``tests/devstack/test_supervisor.py``.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from servicekit.testing.binaries import ROOT
from servicekit.tokens import new_key


class AlreadyRunning(RuntimeError):
    """Another supervisor holds the folder."""


@dataclass(frozen=True, slots=True)
class Home:
    """The state folder of one local stack; ``DEVSTACK_HOME`` names another one than ``.local``."""

    folder: Path = field(default_factory=lambda: Path(os.environ.get("DEVSTACK_HOME") or ROOT / ".local"))

    @property
    def logs(self) -> Path:
        """One file per process."""
        return self.folder / "logs"

    @property
    def clock_file(self) -> Path:
        """Holds one instant while the clock is set by hand."""
        return self.folder / "clock"

    @contextmanager
    def held(self) -> Iterator[None]:
        """Be the only supervisor of this folder; ``AlreadyRunning`` otherwise."""
        self.logs.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise AlreadyRunning from None
            yield

    def running(self) -> bool:
        """Whether a supervisor holds this folder."""
        if not self.folder.exists():
            return False
        try:
            with self.held():
                return False
        except AlreadyRunning:
            return True

    def load(self) -> dict[str, Any]:
        """The state as last saved: ports, process ids, whether all is ready."""
        try:
            state: dict[str, Any] = json.loads((self.folder / "state.json").read_text())
        except FileNotFoundError:
            return {}
        return state

    def save(self, state: dict[str, Any]) -> None:
        """Replace the state file whole."""
        fresh = self.folder / "state.json.new"
        fresh.write_text(json.dumps(state, indent=2))
        fresh.replace(self.folder / "state.json")

    def secret(self, name: str, text: str) -> Path:
        """The file of a secret, made with ``text`` if it is not there."""
        path = self.folder / "secrets" / name
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(text)
        return path

    def postgres_password(self) -> str:
        """The local server's superuser password."""
        return self.secret("postgres", secrets.token_hex(16)).read_text()

    def link_keys(self) -> Path:
        """Key ring of the link tokens."""
        return self.secret("link-keys", new_key(1))

    def hash_key(self) -> Path:
        """32 bytes in Base64: the keyed hashes of contacts, networks and devices."""
        return self.secret("hash-key", b64encode(secrets.token_bytes(32)).decode() + "\n")

    def door_key(self) -> Path:
        """Ed25519 private key in PEM: signs the code at the door."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

        key = Ed25519PrivateKey.generate()
        text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return self.secret("door-key.pem", text.decode())
