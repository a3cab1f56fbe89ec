"""Letters, e-mails, forms: the post room. One stream per item."""

from __future__ import annotations

from typing import Annotated

from buergerbuero_contracts import kinds as k
from buergerbuero_contracts.envelope import Code, Day, Privacy, about

from .base import DocumentsEvent
from .enums import ItemChannel, ItemOutcome, ReplyChannel

DueOn = Annotated[Day, about(Privacy.TIME, "The date by which the papers should be here.")]


class ItemEvent(DocumentsEvent, category="item", key="item_id"):
    """What all events of an item carry."""

    item_id: k.ItemId
    service_: k.Service
    channel: Annotated[ItemChannel, about(Privacy.ENUM, "By which way it came.")]
    received_on: Annotated[Day, about(Privacy.TIME, "The date of its stamp of arrival.")]


class ItemReceived(ItemEvent):
    """A letter, e-mail or form came in. Sent for each item of a batch."""


class ItemAssigned(ItemEvent):
    """An item was given to a team. Sent for each assignment."""

    team: k.Team


class ItemForwarded(ItemEvent):
    """An item went on to another office; it is closed here. Sent once; counts as contact."""

    team: Annotated[Code, about(Privacy.CODE, "The office it went to.")]


class ItemAnswered(ItemEvent):
    """An item was answered. Sent with the answer; counts as contact."""

    team: k.Team | None = None
    outcome: Annotated[ItemOutcome, about(Privacy.ENUM, "How it was answered.")]
    reply_channel: Annotated[ReplyChannel, about(Privacy.ENUM, "By which way it was answered.")] | None = None


class ItemReopened(ItemEvent):
    """An answered item is open again. Sent within 90 days of its answer."""

    team: k.Team | None = None


class PapersEvent(DocumentsEvent, category="item", key="item_id"):
    """What all events about missing papers carry."""

    item_id: k.ItemId
    person_id: k.PersonId | None = None
    person_revision: k.Revision | None = None
    papers: k.Papers
    language: k.Lang


class PapersRequested(PapersEvent):
    """The person was asked for papers; the item waits. Sent with the request; a first reaction."""

    due_on: DueOn


class PapersReceived(PapersEvent):
    """Papers came in. Sent for each arrival."""

    due_on: DueOn | None = None
    complete: Annotated[bool, about(Privacy.ENUM, "Whether all that was asked for is here.")]


class PapersOverdue(PapersEvent):
    """Papers did not come in time. Sent for the first time as reminder, for the second as follow-up."""

    due_on: DueOn
