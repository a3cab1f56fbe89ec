"""The tables of people: what an owner has sent of whom, what it has erased, and the copies that others keep.

Promises: judges as the SQL of ``servicekit.people`` does: a copy takes only what is newer, and nothing after
a tombstone; changes of a transaction that does not commit are undone. Tables are never rewritten here.
Shown by ``tests/simulation/test_people.py``, the real ones by ``tests/broker/test_people.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from servicekit import people

from .database import Record, Run, Session, Wait, put
from .log_tables import LogTables

SENDS = ("person_id", "revision", "keep_until", "name", "email", "phone", "language", "erased")
COPIED = ("person_id", "owner", "epoch", "revision", "keep_until", "name", "email", "phone", "language")
PERSONAL = dict.fromkeys(("name", "email", "phone", "language"))


@dataclass(eq=False)
class PeopleTables:
    """What one service holds. ``sent``: the highest revision that went out, and when."""

    log: LogTables
    sent: dict[UUID, tuple[int, datetime]] = field(default_factory=dict)
    copies: dict[UUID, dict[str, Any]] = field(default_factory=dict)

    def copy_of(self, other: PeopleTables) -> None:
        """Begin where another one stands."""
        self.sent.update(other.sent)
        self.copies.update(other.copies)

    @property
    def now(self) -> datetime:
        """The database's time."""
        return self.log.server.clock.now()

    # --- the owner

    def unsent(self, _session: Session) -> Sequence[Record]:
        """Revisions that have not gone out."""
        return [row for row in self._rows() if row["revision"] > self._sent(row)[0]]

    def again(
        self, _session: Session, changed: timedelta, tombs: timedelta, every: timedelta
    ) -> Sequence[Record]:
        """What must not be missed: lately changed, and tombstones now and then."""
        found, now = [], self.now
        for row in self._rows():
            revision, at = self._sent(row)
            of = self.log.people[row["person_id"]]
            lately = of["changed_at"] > now - changed
            buried = of.get("erased_at") is not None and of["erased_at"] > now - tombs and at < now - every
            if row["revision"] <= revision and (lately or buried):
                found.append(row)
        return found

    def note_sent(self, session: Session, ids: Sequence[UUID], revisions: Sequence[int]) -> str:
        """These went out."""
        for person_id, revision in zip(ids, revisions, strict=True):
            before = self.sent.get(person_id, (0, self.now))[0]
            put(session, self.sent, person_id, (max(before, revision), self.now))
        return "UPDATE"

    def erase(self, session: Session, at: datetime, _next: timedelta) -> Sequence[Record]:
        """Empty the rows whose time is over."""
        over = [key for key, row in self.log.people.items() if row["keep_until"] <= at and not row["erased"]]
        for key in over:
            row = self.log.people[key]
            gone = {**row, **PERSONAL, "needs": [], "erased": True, "revision": row["revision"] + 1}
            put(session, self.log.people, key, {**gone, "changed_at": self.now, "erased_at": self.now})
        if over:
            self.log.server.story.tell("people erased", len(over))
        return [Record(count=len(over))]

    def forget_uses(self, session: Session, at: datetime) -> str:
        """Uses that no limit counts any more."""
        for key in [key for key, until in self.log.uses.items() if until is not None and until <= at]:
            until = self.log.uses.pop(key)
            session.undo.append(lambda key=key, until=until: self.log.uses.__setitem__(key, until))  # type: ignore[misc]
        return "DELETE"

    def _rows(self) -> Sequence[Record]:
        return [Record({name: row[name] for name in SENDS}) for _, row in sorted(self.log.people.items())]

    def _sent(self, row: Mapping[str, Any]) -> tuple[int, datetime]:
        return self.sent.get(row["person_id"], (0, self.now))

    # --- who keeps copies

    def copy(self, session: Session, *columns: Sequence[Any]) -> Sequence[Record] | Wait:
        """Take what is newer; a row that another transaction has written is waited for."""
        taken, changes = [], [dict(zip(COPIED, values, strict=True)) for values in zip(*columns, strict=True)]
        for lock in (("copy", self, new["person_id"]) for new in changes):
            if not self.log.server.try_lock(session, lock, until_commit=True):
                return Wait(lock)
        for new in changes:
            key, ended = new["person_id"], new["keep_until"] is None
            held = self.copies.get(key)
            if held is not None and (
                held["keep_until"] is None or held["owner"] != new["owner"] or not _newer(held, new)
            ):
                continue
            put(session, self.copies, key, {**new, "erased": ended, "email_after": _email_after(held, new)})
            taken.append(Record(one=1))
        return taken

    def expire(self, session: Session, at: datetime) -> str | Wait:
        """Copies end by themselves, tombstone or not."""
        over = [key for key, held in self.copies.items() if not held["erased"] and held["keep_until"] <= at]
        for lock in (("copy", self, key) for key in over):
            if not self.log.server.try_lock(session, lock, until_commit=True):
                return Wait(lock)
        for key in over:
            put(session, self.copies, key, {**self.copies[key], **PERSONAL, "erased": True})
        return "UPDATE"

    def statements(self) -> Mapping[str, Run]:
        """The kit's statements on these tables."""
        return {
            people._UNSENT: self.unsent,
            people._AGAIN: self.again,
            people._SENT: self.note_sent,
            people._ERASE: self.erase,
            people._EXPIRE: self.expire,
            people._FORGET_USES: self.forget_uses,
            people._REWRITE_DUE: lambda _session, _pace: [Record(due=False)],
            people._COPY: self.copy,
        }


def _newer(held: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    return bool((held["epoch"], held["revision"]) < (new["epoch"], new["revision"]))


def _email_after(held: Mapping[str, Any] | None, new: Mapping[str, Any]) -> int:
    """The last revision copied with another address; 0 if there was none."""
    if held is None:
        return 0
    after = held["revision"] if held["email"] != new["email"] else held["email_after"]
    return int(min(after, new["revision"] - 1))
