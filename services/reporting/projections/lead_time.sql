-- How long one would have waited for a place: one row per look and service. No free place is null.

CREATE TABLE sample (
    site text,
    service text,
    sampled_at timestamptz,
    first_free_on date,
    working_days integer,
    week date GENERATED ALWAYS AS (date_trunc('week', sampled_at AT TIME ZONE 'Europe/Berlin')::date) STORED,
    calendar_days integer GENERATED ALWAYS AS (
        first_free_on - (sampled_at AT TIME ZONE 'Europe/Berlin')::date
    ) STORED,
    PRIMARY KEY (site, service, sampled_at)
);
CREATE INDEX sample_week ON sample (week, service);
