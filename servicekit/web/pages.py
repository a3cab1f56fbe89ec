"""Pages: templates with the shared layout, error pages, and static files under a hashed name.

Promises: autoescape is on; one template environment per language, made at the start; a block can
be rendered alone; static files never change under their name. Shown by
``tests/way/test_page_edge.py`` and ``tests/pages``.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from servicekit.decider import Refused

from .problems import LANGUAGES, Refusal
from .requests import AnyRequest
from .words import (
    DRAFTS,
    HTML_LANG,
    LANGUAGE_NAMES,
    Catalogue,
    clock_time,
    local_iso,
    long_day,
    short_day,
    whole,
)

HERE = Path(__file__).parent
HTML = "text/html"
_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".woff2": "font/woff2",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".wasm": "application/wasm",
}


@dataclass(frozen=True, slots=True)
class OfficeContact:
    """Whom the help block names. ``home`` is where the citizens' pages of booking are, without a slash at
    its end: empty on its own pages, None where nobody but staff comes.
    """

    name: str = "Bürgerbüro Flensburg"
    phone: str = "0461 85-0"
    email: str = "buergerbuero@flensburg.example"
    home: str | None = None

    @property
    def phone_link(self) -> str:
        """The number as a ``tel:`` link takes it."""
        digits = "".join(char for char in self.phone if char.isdigit())
        return f"+{digits}" if self.phone.startswith("+") else f"+49{digits.removeprefix('0')}"


class Assets:
    """The built files of ``folder``: ``manifest.json`` maps names to names with a content hash.

    Without a manifest (assets not built yet) pages come without style.
    """

    def __init__(self, folder: Path, service: str) -> None:
        manifest = folder / "manifest.json"
        self._names: dict[str, str] = msgspec.json.decode(manifest.read_bytes()) if manifest.exists() else {}
        self._files = {one.name: one.read_bytes() for one in folder.glob("*") if one.is_file()}
        self._prefix = f"/static/{service}"

    def url(self, name: str) -> str:
        """Where the page finds the file."""
        return f"{self._prefix}/{self._names.get(name, name)}"

    def handler(self) -> HTTPRouteHandler:
        """The route that serves them, ``br`` and ``gz`` from the files beside them."""
        files = self._files

        @get(f"{self._prefix}/{{name:str}}", opt={"permission": "public"}, include_in_schema=False)
        async def static(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
            kind = _TYPES.get(Path(name).suffix)
            if name not in files or kind is None:
                raise Refused("not-found")
            headers = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
            accepted = request.headers.get("accept-encoding", "")
            for encoding, ending in (("br", ".br"), ("gzip", ".gz")):
                if encoding in accepted and name + ending in files:
                    headers["Content-Encoding"] = encoding
                    return Response(files[name + ending], headers=headers, media_type=kind)
            return Response(files[name], headers=headers, media_type=kind)

        return static


def packed(request: AnyRequest, answer: Response[bytes]) -> Response[bytes]:
    """The answer compressed, if the browser takes that. Only for pages of which nobody can learn a secret by
    their length: they hold none, or none but the one that their own address already says.
    """
    if answer.content and "gzip" in request.headers.get("accept-encoding", ""):
        answer.content = gzip.compress(answer.content, 6, mtime=0)
        answer.headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return answer


class Pages:
    """The templates of one service in every language that it speaks."""

    def __init__(
        self,
        folders: Sequence[Path],
        assets: Assets,
        *,
        locales: Sequence[Path] = (),
        languages: Sequence[str] = LANGUAGES,
        office: OfficeContact | None = None,
    ) -> None:
        self.languages = tuple(languages)
        self.office = office or OfficeContact()
        self._environments = {
            language: self._environment(language, folders, assets, [HERE / "locale", *locales])
            for language in languages
        }

    def _environment(
        self, language: str, folders: Sequence[Path], assets: Assets, locales: Sequence[Path]
    ) -> Environment:
        environment = Environment(
            loader=FileSystemLoader([*folders, HERE / "templates", HERE]),
            autoescape=True,
            undefined=StrictUndefined,
            extensions=["jinja2.ext.i18n"],
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        texts = Catalogue(language, locales)
        environment.install_gettext_callables(  # type: ignore[attr-defined]
            texts.gettext, texts.ngettext, newstyle=True
        )
        environment.globals.update(
            static=assets.url,
            office=self.office,
            language=language,
            html_lang=HTML_LANG[language],
            unapproved=language in DRAFTS,
            links=(),
        )
        environment.filters.update(
            long_day=partial(long_day, language=language),
            short_day=partial(short_day, language=language),
            clock=partial(clock_time, language=language),
            local_iso=local_iso,
            whole=whole,
        )
        return environment

    def text(self, language: str, source: str) -> str:
        """One sentence in ``language``, for titles that code chooses."""
        return str(self._environments[language].globals["gettext"](source))  # type: ignore[operator]

    def render(self, template: str, language: str, **values: Any) -> str:
        """The whole page."""
        return self._environments[language].get_template(template).render(**values)

    def block(self, template: str, block: str, language: str, **values: Any) -> str:
        """One block alone, for a page that swaps parts."""
        found = self._environments[language].get_template(template)
        return "".join(found.blocks[block](found.new_context(values)))

    def answer(
        self, content: str, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> Response[bytes]:
        """A page as an answer."""
        return Response(content.encode(), status_code=status, headers=dict(headers or {}), media_type=HTML)

    def links(self, path: str, present: str) -> list[dict[str, str]]:
        """The same page in the other languages. Only for paths that begin with a language."""
        rest = path.split("/", 2)[2]
        return [
            {"href": f"/{one}/{rest}", "lang": HTML_LANG[one], "name": LANGUAGE_NAMES[one]}
            for one in self.languages
            if one != present
        ]

    def _first_pages(self, present: str) -> list[dict[str, str]]:
        return [{**link, "href": f"{self.office.home}{link['href']}"} for link in self.links("/x/", present)]

    def error(
        self,
        code: str,
        refusal: Refusal,
        language: str,
        reference: str,
        retry_at: datetime | None = None,
        path: str = "",
    ) -> str:
        """The page for a refusal: what happened, what to do, another way, a reference.

        Staff, at paths below ``/amt/``, get the way back to the screen and no advice on mailed links. The
        other languages' links lead to the first page: the address may hold a token that must not matter.
        """
        staff = path.startswith("/amt/")
        shown = language if language in self._environments and not staff else "de"
        screen = "/".join(path.split("/", 3)[:3]) if staff and path.count("/") > 2 else None
        return self.render(
            "error.html.jinja",
            shown,
            code=code,
            status=refusal.status,
            title=refusal.text(shown).title,
            detail=refusal.text(shown).detail,
            reference=reference,
            retry_at=retry_at,
            staff=staff,
            screen=screen,
            links=() if staff or self.office.home is None else self._first_pages(shown),
        )
