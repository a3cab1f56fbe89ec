-- What the room, the counters and the queue look like. One row per visit, counter and date, site and date.
CREATE TABLE floor_visit (
    visit_id uuid PRIMARY KEY,
    booking_id uuid NOT NULL,
    site text NOT NULL,
    day date NOT NULL,
    -- Absent until the rest of the admission has been read: its two events may lie in two batches.
    kind text,
    people integer,
    state text,
    public_number text,
    items json,
    planned_at timestamptz,
    admitted_at timestamptz,
    first_called_at timestamptz,
    called_at timestamptz,
    calls integer,
    -- Empty while it waits; the counter that a transfer named, empty for any.
    counter text,
    target text,
    again boolean
);
CREATE INDEX floor_visit_day ON floor_visit (site, day);
CREATE VIEW known_visit AS
SELECT
    visit_id, booking_id, site, day, kind, people, state, public_number, items::text AS items, planned_at,
    admitted_at, first_called_at, called_at, calls, nullif(counter, '') AS counter,
    nullif(target, '') AS target, again
FROM floor_visit WHERE kind IS NOT NULL AND state IS NOT NULL;
CREATE TABLE floor_counter (
    site text NOT NULL,
    day date NOT NULL,
    counter text NOT NULL,
    state text,
    -- Empty unless it is paused.
    reason text,
    since timestamptz,
    -- The nil id while it is idle.
    visit_id uuid,
    PRIMARY KEY (site, day, counter)
);
CREATE TABLE floor_room (
    site text NOT NULL,
    day date NOT NULL,
    occupancy integer NOT NULL,
    PRIMARY KEY (site, day)
);
