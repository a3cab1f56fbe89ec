-- What mails need of a booking: its present state, and what an ended one no longer carries itself.
-- No personal data; `position` is that of the booking's last event seen, in booking's own log.
CREATE TABLE booking_state (
    booking_id    uuid        PRIMARY KEY,
    position      bigint      NOT NULL,
    changed_at    bigint,              -- position of the last event that a mail may speak of
    phase         text        NOT NULL,
    site          text,
    items         json,                -- [[service, quantity], …]
    persons       int,
    starts_at     timestamptz,
    ends_at       timestamptz,
    language      text,
    sequence      int,
    confirm_until timestamptz,
    cancel_reason text,
    undo_until    timestamptz,
    kind          text                 -- appointment, pickup, …
);
