"""Every page of the platform, once: what the browser suite (``test_every_page.py``) goes through.

A row names a page by words, the server of ``town.py`` that has it, its address, and who opens it. ``{l}`` is
one of the languages that the pages speak, so an address with it is opened in each of them; other names in
braces are values of the town. ``press`` names a button that is pressed then, after ``typed`` was typed, so
the page behind a form has a row as well. A GET route without a row fails a test.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from services.booking.pages.buttons import PATHS as BUTTONS

FIRST = "main form .kern-btn--primary"
"""The main button of a page's first form."""
NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Row:
    """One page. ``kind`` says how heavy it may be: ``citizen``, ``staff`` or ``report``.

    ``press`` is what is clicked on it, a button that sends ``typed`` or a summary that opens.
    """

    name: str
    server: str
    path: str
    who: str = "nobody"
    kind: str = "citizen"
    status: int = 200
    press: str = ""
    typed: Mapping[str, str] = field(default_factory=lambda: NOTHING)

    @property
    def spoken(self) -> bool:
        """Whether it is there in every language."""
        return "{l}" in self.path


def _booking(name: str, path: str, who: str = "nobody", **more: object) -> Row:
    return Row(name, "booking", "/{l}" + path, who, **more)  # type: ignore[arg-type]


def _staff(name: str, server: str, path: str, who: str, **more: object) -> Row:
    return Row(name, server, path, who, "staff", **more)  # type: ignore[arg-type]


def _report(name: str, path: str, **more: object) -> Row:
    return Row(name, "reporting", path, kind="report", **more)  # type: ignore[arg-type]


ONE, TWO = "service=id_card_apply", "service=passport_apply&service=registration&persons=2"

TOO_EARLY, UNKNOWN = {"#code": "{code}"}, {"#code": "xyz"}

CITIZENS = (
    _booking("first screen", "/"),
    _booking("search, found", "/anliegen?q=umziehen"),
    _booking("search, nothing", "/anliegen?q=xyzzy", status=200),
    _booking("all services", "/anliegen"),
    _booking("service with appointment", "/leistung/id_card_apply?service=passport_apply"),
    _booking("service without appointment", "/leistung/housing_entitlement"),
    _booking("service, unknown", "/leistung/nix", status=404),
    _booking("times", f"/zeit?{TWO}"),
    _booking("times, nothing chosen", f"/zeit?{ONE}", press="form > .office-buttons button", status=422),
    _booking("times, none free", f"/zeit?{ONE}&ab=2027-06-01"),
    _booking("times, do not fit", f"/zeit?{ONE}&persons=7", status=422),
    _booking("contact", f"/kontakt?{ONE}", "holding"),
    _booking("contact, nothing typed", f"/kontakt?{ONE}", "holding", press=FIRST, status=422),
    _booking("contact, nothing held", "/kontakt"),
    _booking("check your mailbox", "/postfach-pruefen", "waiting"),
    _booking("mailbox, nothing held", "/postfach-pruefen"),
    _booking("mailbox first", f"/postfach-zuerst?{ONE}"),
    _booking("confirm", "/t/{asked}"),
    _booking("ticket", "/t/{ticket}"),
    _booking("ticket, cancelled", "/t/{cancelled}"),
    _booking("ticket, too late", "/t/{expired}", status=410),
    _booking("link, unknown", "/t/unbekannt", status=404),
    _booking("move", "/t/{ticket}/verschieben"),
    _booking("move, nothing chosen", "/t/{ticket}/verschieben", press=FIRST, status=422),
    _booking("cancel", "/t/{ticket}/absagen"),
    _booking("cancel, nothing typed", "/t/{ticket}/absagen", press=FIRST, status=422),
    _booking("I will come", "/t/{ticket}/ich-komme"),
    _booking("my data", "/t/{ticket}/meine-daten"),
    _booking("earlier than mine", "/t/{ticket}/frueher"),
    _booking("waiting list", f"/frueher?{ONE}"),
    _booking("waiting list, nothing typed", f"/frueher?{ONE}", press=FIRST, status=422),
    _booking("wish, to prove", "/frueher/{wish_asked}"),
    _booking("wish, proven", "/frueher/{wish_active}"),
    _booking("wish, an offer", "/frueher/{wish_offered}"),
    _booking("wish, to end", "/frueher/{wish_active}/beenden"),
    _booking("pick-up", "/abholtermin/{grant}"),
    _booking("pick-up, nothing chosen", "/abholtermin/{grant}", press=FIRST, status=422),
    _booking("imprint", "/impressum"),
    _booking("privacy", "/datenschutz"),
    _booking("accessibility statement", "/barrierefreiheit"),
    Row("documents wait", "documents", "/{l}/abholung/{pickup}"),
    Row("documents wait, unknown link", "documents", "/{l}/abholung/unbekannt", status=404),
    Row("send again", "notification", "/{l}/termine-senden"),
    Row("send again, done", "notification", "/{l}/termine-senden?gesendet=ja"),
    Row("send again, nothing typed", "notification", "/{l}/termine-senden", press=FIRST, status=422),
)
STAFF = (
    _staff("login", "floor", "/dev/anmelden", "nobody"),
    _staff("door", "floor", "/amt/einlass", "door"),
    _staff("door, too early", "floor", "/amt/einlass", "door", typed=TOO_EARLY, press=FIRST, status=409),
    _staff("door, unknown", "floor", "/amt/einlass", "door", typed=UNKNOWN, press=FIRST, status=409),
    _staff("counters", "floor", "/amt/schalter", "desk"),
    _staff("counter, serving", "floor", "/amt/schalter/counter_1", "desk"),
    _staff("counter, called", "floor", "/amt/schalter/counter_2", "desk"),
    _staff("counter, last case", "floor", "/amt/schalter/counter_4", "desk", press="main summary"),
    _staff("counter, closed", "floor", "/amt/schalter/counter_3", "desk"),
    _staff("counter, not for you", "floor", "/amt/schalter", "operations", status=403),
    _staff("pick-up for callers", "booking", "/amt/abholtermin", "phone"),
    _staff("protection level", "booking", "/amt/schutz", "lead"),
    _staff("protection level, raised", "floor", "/amt/schutz", "lead"),
    _staff("window", "documents", "/amt/ausgabe", "window"),
    _staff("document at the window", "documents", "/amt/ausgabe/{at_window}", "window"),
    _staff("document in a delivery", "documents", "/amt/ausgabe/{in_delivery}", "lead"),
    _staff("documents to fetch", "documents", "/amt/abholliste", "window"),
    _staff("deliveries", "documents", "/amt/lieferung", "window"),
    _staff("delivery", "documents", "/amt/lieferung/{batch}", "window"),
    _staff("post room", "post_room", "/amt/posteingang", "post_room"),
    _staff("item of the post", "post_room", "/amt/posteingang/{item}", "post_room"),
    _staff("letters", "notification", "/amt/zustellung", "lead"),
    _staff("development mailbox", "notification", "/dev/postfach", "nobody"),
    _staff("development mail", "notification", "/dev/postfach/{mail}", "nobody"),
)
REPORTS = (
    _report("week", "/berichte/woche/2026-W47"),
    _report("month", "/berichte/monat/2026-11"),
    _report("year", "/berichte/jahr/2026"),
    _report("two weeks", "/berichte/vergleich?woche=2026-W47&mit=2026-W46"),
    _report("two weeks, not a week", "/berichte/vergleich?woche=2026-W54", status=422),
    _report("open data", "/opendata"),
    Row("API of booking", "booking", "/api/booking/v1/docs", kind="report"),
    Row("API of documents", "documents", "/api/documents/v1/docs", kind="report"),
    Row("API of reporting", "reporting", "/api/reporting/v1/docs", kind="report"),
)
ROWS = (*CITIZENS, *STAFF, *REPORTS)

NO_PAGES = {
    "/": "303 to the first screen",
    "/{l}/meine-termine": "303 to where mails are sent again",
    "/{l}/t/{token}/termin.ics": "a calendar entry",
    "/dev/postfach.json": "mails for tools",
    "/berichte": "303 to the present week",
    "/berichte/woche": "303 to the present week",
    **{path.replace(":str", ""): "303 to the page with the button" for path in BUTTONS},
}
"""GET routes that give no page: address and what they give. Below ``/api/``, ``/static/`` and ``/opendata/``
only the rows above are pages."""
