"""What several roles of notification share: the way for commands, what it looks things up in, the writer."""

from __future__ import annotations

from dataclasses import dataclass

from servicekit.service import Kit
from servicekit.settings import from_file
from servicekit.tokens import Tokens
from servicekit.web.codes import code_key
from servicekit.web.door_code import DoorCodes
from services.notification.copies import Copies
from services.notification.handlers import Handlers
from services.notification.names import OfficeNames
from services.notification.sources import Sources
from services.notification.writer import Sender, Writer


@dataclass(frozen=True)
class Parts:
    """What several roles share."""

    handlers: Handlers
    sources: Sources
    copies: Copies
    secret: bytes


def writer_of(kit: Kit, parts: Parts) -> Writer:
    """What puts messages into words, for mails and letters."""
    settings = kit.settings
    sender = Sender(
        settings.mail_from.rpartition("<")[2].rstrip(">"),
        settings.mail_reply_to,
        settings.booking_url,
        settings.documents_url,
        settings.reporting_url,
    )
    names = from_file("CATALOGUE_FILE", settings.catalogue_file, OfficeNames.read)
    tokens = from_file("LINK_KEYS_FILE", settings.link_keys_file, Tokens)
    door = from_file("DOOR_KEY_FILE", settings.door_key_file, DoorCodes.read)
    return Writer(names, tokens, sender, code_key(parts.secret), door)
