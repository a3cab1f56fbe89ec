-- What messages have to know of documents that wait. No personal data;
-- `position` is that of the thing's last event seen, in documents' own log.
CREATE TABLE invitation_state (
    invitation_id uuid        PRIMARY KEY,
    position      bigint      NOT NULL,
    changed_at    bigint,               -- position of the invitation or of its last reminder
    site          text,
    document_ids  json,
    invited_at    timestamptz,
    ended         boolean
);

CREATE TABLE document_state (
    document_id uuid    PRIMARY KEY,
    kind        text,
    waiting     boolean,                -- it lies at the office, for somebody to collect it
    moved_at    bigint,                 -- position of the event that says so
    booked      boolean,                -- a pick-up booking names it
    booked_at   bigint                  -- position of the event that says so
);
