"""The edge's own refusals and the messages of fields, in plain German and Danish.

Promises: every code of ``problems.py`` is here, and says what to do next; drafts until somebody has approved
them, as ``words.DRAFTS`` says. Shown by ``tests/pages/test_texts.py``.
"""

from __future__ import annotations

from collections.abc import Mapping

Words = Mapping[str, tuple[tuple[str, str], tuple[str, str]]]
"""Code → title and detail in plain German, then in Danish."""

EDGE_WORDS: Words = {
    "bad-request": (
        ("Wir können das nicht lesen", "Es fehlt etwas, oder etwas ist falsch geschrieben."),
        ("Anmodningen kan ikke læses", "Anmodningen er ufuldstændig eller forkert opbygget."),
    ),
    "idempotency-key-missing": (
        ("Die Kennung fehlt", "Der Kopf Idempotency-Key fehlt. Oder er hat nicht 8 bis 64 Zeichen."),
        ("Nøglen mangler", "Headeren Idempotency-Key mangler eller har ikke 8 til 64 synlige tegn."),
    ),
    "proof-missing": (
        ("Wir wissen nicht, wer Sie sind", "Bitte öffnen Sie den Link aus unserer E-Mail."),
        ("Adgang mangler", "Log ind, eller åbn linket fra vores e-mail."),
    ),
    "foreign-origin": (
        ("Das ist nicht erlaubt", "Die Anfrage kommt von einer fremden Internet-Seite."),
        ("Ikke tilladt", "Anmodningen kommer fra en fremmed side."),
    ),
    "role-forbidden": (
        ("Das ist nicht erlaubt", "Sie dürfen das an diesem Standort nicht."),
        ("Ikke tilladt", "Din rolle må ikke gøre det her."),
    ),
    "not-found": (
        (
            "Diese Seite gibt es nicht",
            "Vielleicht ist der Link nicht vollständig. Vielleicht ist der Link auch zu alt.",
        ),
        ("Siden findes ikke", "Adressen findes ikke, eller linket er ufuldstændigt eller gælder ikke mere."),
    ),
    "method-not-allowed": (
        ("So geht es nicht", "Diese Adresse kann man so nicht benutzen."),
        ("Ikke muligt", "Adressen kan ikke bruges på denne måde."),
    ),
    "too-slow": (
        (
            "Das hat zu lange gedauert",
            "Es ist nicht alles bei uns angekommen. Bitte versuchen Sie es noch einmal.",
        ),
        ("For langsomt", "Anmodningen nåede ikke helt frem. Prøv igen."),
    ),
    "too-large": (
        (
            "Das ist zu viel",
            "Sie haben mehr geschickt, als wir annehmen können. Es gehen höchstens 64 Kilobyte.",
        ),
        ("For stort", "Anmodningen er større end 64 kilobyte."),
    ),
    "event-too-large": (
        ("Das ist zu viel", "Das ist zu viel auf einmal. Bitte teilen Sie es auf."),
        ("For stort", "Det er for meget på én gang. Del det op."),
    ),
    "wrong-content-type": (
        ("Das ist die falsche Form", "Hier brauchen wir etwas in einer anderen Form."),
        ("Forkert format", "Her forventes et andet format."),
    ),
    "invalid-input": (
        ("Bitte prüfen Sie Ihre Angaben", "Etwas fehlt, oder etwas ist falsch."),
        ("Kontrollér dine oplysninger", "Mindst én oplysning mangler eller er forkert."),
    ),
    "too-many-requests": (
        ("Das waren zu viele Versuche", "Bitte warten Sie. Versuchen Sie es dann noch einmal."),
        ("For mange forsøg", "Vent lidt, og prøv så igen."),
    ),
    "fault": (
        (
            "Bei uns ist ein Fehler passiert",
            "Das ist nicht Ihre Schuld. Bitte versuchen Sie es später noch einmal.",
        ),
        ("Der er sket en fejl", "Fejlen er hos os. Prøv igen senere."),
    ),
    "unavailable": (
        ("Die Seite geht gerade nicht", "Bitte warten Sie kurz. Versuchen Sie es dann noch einmal."),
        ("Ikke tilgængelig lige nu", "Prøv igen om et øjeblik."),
    ),
}

FIELD_WORDS: Mapping[str, tuple[str, str]] = {
    "missing": ("Bitte schreiben Sie hier etwas hinein.", "Udfyld dette felt."),
    "unknown": ("Dieses Feld gibt es hier nicht.", "Dette felt findes ikke her."),
    "type": ("Diese Angabe passt hier nicht.", "Værdien har den forkerte type."),
    "range": ("Diese Zahl ist zu klein oder zu groß.", "Værdien er for lille eller for stor."),
    "length": ("Das ist zu kurz oder zu lang.", "Oplysningen er for kort eller for lang."),
    "value": ("Das geht hier nicht.", "Værdien er ikke mulig her."),
    "format": ("Das hat nicht die richtige Form.", "Oplysningen har ikke den rigtige form."),
    "twice": ("Das steht hier 2-mal.", "Oplysningen står der to gange."),
    "above-persons": ("Das sind mehr Personen, als kommen.", "Det er til flere personer, end der kommer."),
    "control-character": (
        "In der Angabe ist ein Zeichen, das man nicht sieht. Bitte schreiben Sie es neu.",
        "Oplysningen indeholder et usynligt tegn. Skriv den igen.",
    ),
    "email": (
        "Bitte geben Sie eine E-Mail-Adresse ein. Zum Beispiel: name@example.org",
        "Skriv en e-mailadresse, for eksempel navn@example.org.",
    ),
    "phone": (
        "Bitte geben Sie eine Telefon-Nummer ein. Zum Beispiel: 0461 123456",
        "Skriv et telefonnummer, for eksempel 0461 123456.",
    ),
}
