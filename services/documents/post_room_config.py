"""The post room as the office arranged it: teams, other offices, papers, and who works on which service.

Promises: read once at the start; a service without a name, a team or a paper that nobody described stops
the start. Shown by ``tests/rules/documents/test_post_room_config.py``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from servicekit.decider import Refused

TEXTS = "service_texts.toml"
FILE = "post_room.toml"


@dataclass(frozen=True, slots=True)
class Matter:
    """What an item can be about: a service, the team that works on it, the papers it may need."""

    code: str
    name: str
    team: str
    papers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PostRoomConfig:
    """Codes and their German names. Citizens read of papers in notification's mails only."""

    teams: Mapping[str, str]
    offices: Mapping[str, str]
    papers: Mapping[str, str]
    matters: Mapping[str, Matter]

    @classmethod
    def parse(cls, text: str, texts: str) -> PostRoomConfig:
        """From ``post_room.toml`` and ``service_texts.toml``. Raises KeyError or ValueError."""
        table, names = tomllib.loads(text), tomllib.loads(texts)
        teams, papers = table["teams"], {code: row["de"] for code, row in table["papers"].items()}
        matters = {
            code: Matter(code, names[code]["name"]["de"], row["team"], tuple(row["papers"]))
            for code, row in table["services"].items()
        }
        for matter in matters.values():
            unknown = [one for one in matter.papers if one not in papers]
            if unknown or matter.team not in teams:
                raise ValueError(f"{matter.code}: {unknown or matter.team} is not described")
        return cls(teams, table["offices"], papers, matters)

    @classmethod
    def read(cls, catalogue: Path) -> PostRoomConfig:
        """The files beside the office's catalogue file."""
        post_room, texts = catalogue.with_name(FILE), catalogue.with_name(TEXTS)
        return cls.parse(post_room.read_text("utf-8"), texts.read_text("utf-8"))

    def matter(self, service: str) -> Matter:
        """What an item is about. Refuses ``unknown-service``."""
        if service not in self.matters:
            raise Refused("unknown-service")
        return self.matters[service]

    def check_team(self, team: str) -> None:
        """Refuse ``unknown-team``."""
        if team not in self.teams:
            raise Refused("unknown-team")

    def check_office(self, office: str) -> None:
        """Refuse ``unknown-office``."""
        if office not in self.offices:
            raise Refused("unknown-office")
