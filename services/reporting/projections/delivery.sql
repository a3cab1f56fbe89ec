-- What became of messages: one row per message and outcome.

CREATE TABLE outcome (
    message_id uuid,
    outcome text,
    at timestamptz NOT NULL,
    channel text NOT NULL,
    week date GENERATED ALWAYS AS (date_trunc('week', at AT TIME ZONE 'Europe/Berlin')::date) STORED,
    PRIMARY KEY (message_id, outcome)
);
CREATE INDEX outcome_week ON outcome (week);
