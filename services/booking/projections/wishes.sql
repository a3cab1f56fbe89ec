-- The waiting list: one row per wish with what a place must be for it. Only active ones may be offered.
CREATE TABLE wish (
    wish_id uuid PRIMARY KEY,
    -- Absent until the rest of the wish has been read: its two events may lie in two batches.
    position bigint,
    site text,
    booking_id uuid,
    items json,
    status text,
    minutes integer,
    earliest date,
    latest date,
    "window" json
);
CREATE INDEX wish_active ON wish (site, latest) WHERE status = 'active';
CREATE INDEX wish_booking ON wish (booking_id) WHERE status <> 'closed';
