-- One row per letter, e-mail or form: whose turn it is since when, and what the list is searched by.
-- Only item_id is NOT NULL, since an upsert checks that before it sees the row that is there.
CREATE TABLE item (
    item_id uuid PRIMARY KEY,
    service text,
    channel text,
    received_on date,
    state text,
    team text,
    office text,     -- of a closed item: where it went
    outcome text,    -- of an answered item
    due_on date,     -- while it waits for papers
    ended_on date,   -- while it is answered or closed
    turns jsonb      -- [[date, whether it is the citizen's turn from then on]], oldest first
);
CREATE INDEX item_by_arrival ON item (state, received_on, item_id);
