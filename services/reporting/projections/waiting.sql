-- Waits of visits, as instants; durations are differences of UTC instants, days and hours are
-- those of the clock in Europe/Berlin.

CREATE TABLE visit (
    visit_id uuid PRIMARY KEY,
    site text NOT NULL,
    opened_at timestamptz,
    planned_at timestamptz,
    called_at timestamptz,
    opened_week date GENERATED ALWAYS AS (
        date_trunc('week', opened_at AT TIME ZONE 'Europe/Berlin')::date
    ) STORED,
    called_week date GENERATED ALWAYS AS (
        date_trunc('week', called_at AT TIME ZONE 'Europe/Berlin')::date
    ) STORED,
    wait_seconds numeric GENERATED ALWAYS AS (extract(epoch FROM called_at - opened_at)) STORED
);
CREATE INDEX visit_opened_week ON visit (opened_week, site);
CREATE INDEX visit_called_week ON visit (called_week, site);
