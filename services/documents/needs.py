"""What a command needs before it is decided on: streams, and whether people. Pure.

Promises: the streams named first are among those that the decision changes, so a repeat is known by them.
Shown by ``tests/rules/documents/test_handlers.py``.
"""

from __future__ import annotations

from uuid import UUID

from servicekit.log import Stream

from . import commands as ask
from . import followed_commands as told
from .around import Around
from .draft import document_stream, invitation_stream, office_stream

NEEDS_NOBODY = (
    ask.OpenBatch,
    ask.CloseBatch,
    ask.ReceiveDocument,
    ask.CountSafe,
    ask.FetchDocument,
    ask.RecordShipment,
    ask.CorrectHandover,
    ask.DecideDestruction,
    told.MarkOverdue,
    told.NoteOrderLate,
    told.RemindPickup,
    told.NoteClosure,
    told.NoteClosureLifted,
)
"""Commands that neither call a person nor end what is kept of one."""


def document_ids(command: ask.Command, around: Around) -> list[UUID]:
    """The documents that a command names."""
    if isinstance(command, ask.CountSafe):
        return []
    one = around.target or getattr(command, "document_id", None)
    return [*([one] if one else []), *getattr(command, "document_ids", ())]


def first_streams(command: ask.Command, around: Around) -> list[Stream]:
    """The streams that a command needs for sure: a repeat is recognised by them."""
    streams = [document_stream(one) for one in document_ids(command, around)]
    if one := getattr(command, "invitation_id", None):
        streams.append(invitation_stream(one))
    if site := getattr(command, "site", None):
        streams.append(office_stream(site))
    match command:
        case ask.OpenBatch():
            streams.append(Stream("delivery_batch", around.context.new_id("batch")))
        case ask.ReceiveDocument() | ask.CloseBatch():
            streams.append(Stream("delivery_batch", command.batch_id))
    return streams
