-- Identity documents from the order to the end of their way, as instants.

CREATE TABLE document (
    document_id uuid PRIMARY KEY,
    site text,
    kind text,
    ordered_at timestamptz,
    ready_at timestamptz,
    shipped_at timestamptz,
    returned_at timestamptz,
    ended_at timestamptz,
    handed_over_at timestamptz,
    booking_id uuid,
    ordered_week date GENERATED ALWAYS AS (
        date_trunc('week', ordered_at AT TIME ZONE 'Europe/Berlin')::date
    ) STORED,
    ready_week date GENERATED ALWAYS AS (
        date_trunc('week', ready_at AT TIME ZONE 'Europe/Berlin')::date
    ) STORED,
    handed_over_week date GENERATED ALWAYS AS (
        date_trunc('week', handed_over_at AT TIME ZONE 'Europe/Berlin')::date
    ) STORED,
    -- a shipment that came back waits at the office like any other
    arrived_at timestamptz GENERATED ALWAYS AS (least(ready_at, returned_at)) STORED,
    ends_at timestamptz GENERATED ALWAYS AS (coalesce(ended_at, 'infinity')) STORED
);
CREATE INDEX document_ordered_week ON document (ordered_week);
CREATE INDEX document_ready_week ON document (ready_week);
CREATE INDEX document_handed_over_week ON document (handed_over_week);
CREATE INDEX document_ends_at ON document (ends_at);

-- Into a locker and out of it again; a hand-over from the locker ends the document's way anyway.
CREATE TABLE locker_move (
    event_id uuid PRIMARY KEY,
    document_id uuid NOT NULL,
    at timestamptz NOT NULL,
    position bigint NOT NULL,
    inside boolean NOT NULL
);
CREATE INDEX locker_move_document ON locker_move (document_id, position);
