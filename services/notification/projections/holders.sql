-- Whose bookings are whose, and who was called to collect documents: opaque ids only; `revision` is the newest
-- that an event named, `attempt` that of the newest request to confirm.
CREATE TABLE holder (
    booking_id uuid PRIMARY KEY,
    person_id  uuid NOT NULL,
    revision   int  NOT NULL,
    attempt    int  NOT NULL
);
CREATE INDEX holder_person ON holder (person_id);

CREATE TABLE called (
    invitation_id uuid PRIMARY KEY,
    person_id     uuid NOT NULL,
    revision      int  NOT NULL,
    document_ids  json NOT NULL,
    language      text NOT NULL
);
CREATE INDEX called_person ON called (person_id);
