"""What the services of the Bürgerbüro platform say to each other and to other teams.

``parse_event`` reads a record, ``topics`` names the topics, ``booking``, ``documents`` and
``notification`` hold the events, ``people`` the one topic with contact data.
"""

from __future__ import annotations

from . import topics
from .errors import InvalidEvent
from .parse import Received, parse_event

__all__ = ["InvalidEvent", "Received", "parse_event", "topics"]
