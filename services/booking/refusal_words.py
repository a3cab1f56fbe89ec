"""Booking's refusals that reach citizens, in plain German and Danish.

Promises: every code of ``refusals.py`` that is no matter of staff alone is here; drafts until somebody has
approved them, as ``words.DRAFTS`` says. Shown by ``tests/pages/test_texts.py``.
"""

from __future__ import annotations

from servicekit.web.problem_words import Words

WORDS: Words = {
    # --- the day plan: where a place is decided
    "off-grid": (
        ("Diese Uhrzeit geht nicht", "Termine beginnen alle 5 Minuten. Bitte wählen Sie eine freie Zeit."),
        ("Klokkeslættet er ikke muligt", "Tiderne begynder hvert femte minut. Vælg en ledig tid."),
    ),
    "too-soon": (
        (
            "Diese Zeit ist zu nah",
            "Die Zeit ist vorbei, oder sie beginnt gleich. Bitte wählen Sie eine spätere.",
        ),
        ("For kort varsel", "Tiden er forbi eller begynder om et øjeblik. Vælg en senere tid."),
    ),
    "day-closed": (
        (
            "Dann ist geschlossen",
            "Das Bürgerbüro ist zu dieser Zeit geschlossen. Bitte wählen Sie eine andere.",
        ),
        ("Lukket", "Borgerkontoret har ikke åbent på det tidspunkt. Vælg en anden tid."),
    ),
    "not-released": (
        ("Das geht noch nicht", "Diese Zeit kann man noch nicht buchen. Bitte wählen Sie eine andere."),
        ("Endnu ikke åben", "Tiden kan endnu ikke bestilles. Vælg en anden."),
    ),
    "slot-taken": (
        ("Diese Zeit ist weg", "Eine andere Person war schneller. Bitte wählen Sie eine andere Zeit."),
        ("Lige taget", "En anden var hurtigere: Tiden er taget. Vælg en anden."),
    ),
    # --- what is asked for
    "unknown-service": (
        (
            "Das gibt es hier nicht",
            "Das können Sie hier nicht erledigen. Bitte wählen Sie etwas aus der Liste.",
        ),
        ("Ukendt ærinde", "Ærindet findes ikke her."),
    ),
    "unknown-site": (
        ("Diesen Ort gibt es nicht", "Dieses Bürgerbüro gibt es nicht."),
        ("Ukendt kontor", "Kontoret findes ikke."),
    ),
    "not-combinable": (
        ("Das geht nicht zusammen", "Das passt nicht in 1 Termin. Bitte buchen Sie mehrere Termine."),
        ("Ikke muligt sammen", "Ærinderne kan ikke klares i én aftale. Bestil dem hver for sig."),
    ),
    "too-long": (
        (
            "Das ist zu viel für 1 Termin",
            "So viel passt nicht in 1 Termin. Bitte buchen Sie mehrere Termine.",
        ),
        ("For meget til én aftale", "Så meget er der ikke tid til i én aftale. Bestil hver for sig."),
    ),
    "no-visit-needed": (
        ("Sie müssen nicht kommen", "Das geht mit der Post, mit einer E-Mail oder im Internet."),
        ("Du behøver ikke at møde op", "Det klares med post, e-mail eller online."),
    ),
    "pickup-by-invitation": (
        ("Dafür laden wir Sie ein", "Ist Ihr Dokument fertig? Dann bekommen Sie eine Einladung."),
        ("Afhentning med invitation", "Vi inviterer dig, så snart dokumentet er klar."),
    ),
    # --- limits
    "too-many-holds": (
        ("Sie haben schon Zeiten reserviert", "Bitte buchen Sie zuerst eine davon zu Ende."),
        ("For mange reservationer", "Der er allerede reserveret tider til dig. Gør en af dem færdig."),
    ),
    "hold-proof-missing": (
        (
            "Noch 1 Schritt",
            "Gerade möchten sehr viele einen Termin. Darum prüfen wir zuerst Ihr Gerät oder Ihre E-Mail.",
        ),
        (
            "Et skridt mere før reservationen",
            "Lige nu skal din enhed først løse en regneopgave, eller du skal bekræfte din e-mailadresse.",
        ),
    ),
    "too-many-bookings": (
        (
            "Sie haben schon Termine",
            "Mehr Termine gehen im Internet nicht. Rufen Sie uns an. Wir helfen Ihnen.",
        ),
        ("For mange aftaler", "Der er allerede aftaler til disse oplysninger. Ring til os, så hjælper vi."),
    ),
    "mail-limit": (
        (
            "Das waren zu viele E-Mails",
            "Für diese Adresse oder über Ihr Internet haben Sie oder andere schon viele E-Mails gewollt. "
            "Bitte sehen Sie auch im Spam-Ordner nach.",
        ),
        (
            "For mange e-mails",
            "Der er allerede bestilt så mange e-mails, som det er muligt på én gang, til denne adresse eller "
            "fra denne internetforbindelse. Se også i mappen med spam.",
        ),
    ),
    # --- the booking's life
    "wrong-state": (
        (
            "So geht es nicht mehr",
            "Bei diesem Termin hat sich etwas geändert. Bitte laden Sie die Seite neu.",
        ),
        ("Ikke længere muligt", "Aftalen har ændret sig i mellemtiden. Genindlæs siden."),
    ),
    "no-more-extensions": (
        ("Mehr Zeit geht nicht", "Sie können die Zeit nicht noch einmal verlängern."),
        ("Ingen flere forlængelser", "Reservationen kan ikke forlænges mere."),
    ),
    "hold-expired": (
        ("Die Zeit ist vorbei", "Der Platz ist wieder frei. Bitte buchen Sie neu."),
        ("Fristen er udløbet", "Tiden til at bekræfte er forbi, og pladsen er ledig igen. Bestil på ny."),
    ),
    "too-late": (
        ("Es ist zu spät", "Der Termin hat schon begonnen."),
        ("For sent", "Aftalen er allerede begyndt."),
    ),
    "too-many-moves": (
        (
            "Sie können den Termin nicht mehr ändern",
            "Sie haben ihn schon 3-mal geändert. Bitte rufen Sie uns an.",
        ),
        ("Kan ikke flyttes igen", "Aftalen er allerede flyttet tre gange. Ring til os."),
    ),
    "code-mismatch": (
        ("Das passt nicht", "Bitte geben Sie den Tag oder den Code ein. Beides steht auf der Seite."),
        ("Det passer ikke", "Skriv aftalens dag eller koden, som den står på siden."),
    ),
    "undo-over": (
        ("Das geht nicht mehr", "Die Zeit dafür ist vorbei. Bitte buchen Sie neu."),
        ("Kan ikke længere fortrydes", "Tiden for det er forbi. Bestil på ny."),
    ),
    "grant-expired": (
        ("Die Zeit ist vorbei", "Bitte öffnen Sie den Link aus der E-Mail noch einmal."),
        ("Tiden er gået", "Åbn linket fra e-mailen en gang til."),
    ),
    "invitation-on-its-way": (
        (
            "Bitte warten Sie kurz",
            "Ihre Einladung ist noch nicht da. Laden Sie die Seite in wenigen Sekunden neu.",
        ),
        ("Et øjeblik", "Din invitation er stadig på vej hos os. Genindlæs siden om få sekunder."),
    ),
    "invitation-ended": (
        (
            "Diese Einladung gilt nicht mehr",
            "Hier können Sie nichts mehr abholen. Ist noch ein Dokument da? Dann laden wir Sie neu ein.",
        ),
        (
            "Invitationen gælder ikke længere",
            "Her er ikke mere at hente. Ligger der stadig et dokument til dig, inviterer vi dig igen.",
        ),
    ),
    "document-booked": (
        (
            "Sie haben schon eine Zeit",
            "Für dieses Dokument haben Sie schon eine Zeit gebucht. Sie steht in unserer letzten E-Mail.",
        ),
        (
            "Allerede bestilt",
            "Der er allerede bestilt tid til at hente dokumentet. Den står i vores seneste e-mail.",
        ),
    ),
    "document-gone": (
        (
            "Das Dokument ist nicht mehr hier",
            "Jemand hat es abgeholt, oder es ging zurück. Der Termin ist vorbei. Fragen? Rufen Sie an.",
        ),
        (
            "Dokumentet er her ikke længere",
            "Det er udleveret eller sendt retur. Aftalen er slut. Ring til os, hvis du er i tvivl.",
        ),
    ),
    # --- the waiting list
    "wish-exists": (
        (
            "Sie stehen schon auf der Warteliste",
            "Sie haben schon einen Wunsch. Mit dem Link in unserer E-Mail können Sie ihn beenden.",
        ),
        (
            "Du står allerede på ventelisten",
            "Du har allerede et ønske for det samme eller lignende. Linket i vores e-mail afslutter det.",
        ),
    ),
    "offer-over": (
        ("Es ist zu spät", "Die Zeit für dieses Angebot ist vorbei."),
        ("Tilbuddet er udløbet", "Tiden for dette tilbud er gået."),
    ),
    "offer-taken": (
        ("Der Termin ist weg", "Eine andere Person war schneller."),
        ("Allerede taget", "En anden var hurtigere: Tiden er taget."),
    ),
}
