-- Whose bookings are whose: opaque ids only; `revision` is the newest that an event named, `attempt` that of
-- the newest request to confirm.
CREATE TABLE holder (
    booking_id uuid PRIMARY KEY,
    person_id  uuid NOT NULL,
    revision   int  NOT NULL,
    attempt    int  NOT NULL
);
CREATE INDEX holder_person ON holder (person_id);
