"""The catalogue as messages need it: names of services and papers, what to bring, address and phone.

Promises: read once at the start from the office's files; what has no text in every language stops the start,
so no mail can fail for want of one. Shown by ``tests/rules/notification/test_names.py``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from servicekit.web.problems import LANGUAGES

from .words import Office


class OfficeNames:
    """``config/<city>.toml`` and, beside it, ``service_texts.toml`` and ``post_room.toml``.

    Of the first the tables ``site`` and ``messages``; a service that only the post room knows has its name in
    the last, in German alone, as it is an internal one.
    """

    def __init__(
        self, office: Mapping[str, Any], texts: Mapping[str, Any], post_room: Mapping[str, Any]
    ) -> None:
        self._office, self._texts = office["site"], texts
        messages = office.get("messages", {})
        self.name_documents = bool(messages.get("name_documents", True))
        self._links = messages.get("links", ())
        self.subscribers = tuple(messages.get("weekly_report", ()))
        self._papers = post_room.get("papers", {})
        self._internal = {
            code: row["name"] for code, row in post_room.get("services", {}).items() if "name" in row
        }
        for code, text in texts.items():
            for language in LANGUAGES:
                if not text["name"].get(language) or language not in text.get("papers", {language: []}):
                    raise KeyError(f"{code} has no text in {language}")
        for link in self._links:
            if not all(link["label"].get(language) and link["url"].get(language) for language in LANGUAGES):
                raise KeyError("a link under the mails has no label or address in each language")
        for code, text in self._papers.items():
            if not all(text.get(language) for language in LANGUAGES):
                raise KeyError(f"{code} has no text in each language")

    @classmethod
    def read(cls, catalogue: Path) -> OfficeNames:
        """The three files. Raises ``OSError``, ``KeyError`` or ``tomllib.TOMLDecodeError``."""
        beside = (catalogue.with_name(name) for name in ("service_texts.toml", "post_room.toml"))
        return cls(*(tomllib.loads(file.read_text("utf-8")) for file in (catalogue, *beside)))

    def service(self, code: str, language: str) -> str:
        """The name of a service. Raises ``KeyError`` for a code nobody knows."""
        return str(self._texts[code]["name"][language] if code in self._texts else self._internal[code])

    def papers(self, code: str, language: str) -> Sequence[str]:
        """What to bring for it."""
        return [str(paper) for paper in self._texts[code].get("papers", {}).get(language, ())]

    def paper(self, code: str, language: str) -> str:
        """A paper that the post room may ask for. Raises ``KeyError`` for a code nobody knows."""
        return str(self._papers[code][language])

    def office(self, site: str | None, language: str) -> Office:
        """The site, with the pages that stand under each mail."""
        if site not in (None, self._office["code"]):
            raise KeyError(site)
        links = [(link["label"][language], link["url"][language]) for link in self._links]
        return Office(self._office["name"], self._office["address"], self._office["phone"], links)
