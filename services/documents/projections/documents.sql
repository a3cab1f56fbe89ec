-- One row per ID document: where it is, who waits for it, when it is collected. No names, no numbers.
CREATE TABLE document (
    document_id     uuid        PRIMARY KEY,
    kind            text        NOT NULL,
    variant         text        NOT NULL,
    delivery        text        NOT NULL,
    site            text        NOT NULL,
    ordered_at      timestamptz NOT NULL,
    expected_on     date        NOT NULL,
    ordered_booking uuid,
    state           text        NOT NULL, -- ordered, ready, stored, invited, booked, in_locker, or how it ended
    place           text        NOT NULL,
    bin             text,                 -- its bin of the safe, also while it is at a window
    desk            text,                 -- the window or locker, while it is there
    placed_at       timestamptz NOT NULL,
    ready_at        timestamptz,
    person_id       uuid,
    person_revision int,
    booking_id      uuid,                 -- of the pick-up that is booked
    starts_at       timestamptz,
    admitted_at     timestamptz,          -- the person of that pick-up is in the house since
    missed_since    timestamptz           -- not where it should be
);
CREATE INDEX document_pickup ON document (site, starts_at) WHERE booking_id IS NOT NULL;
CREATE INDEX document_booking ON document (booking_id) WHERE booking_id IS NOT NULL;
CREATE INDEX document_place ON document (site, place, state);
CREATE INDEX document_person ON document (person_id) WHERE person_id IS NOT NULL;
