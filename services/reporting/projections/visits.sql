-- Who was let in, who came, and the time at the counters.

CREATE TABLE booking (
    booking_id uuid PRIMARY KEY,
    site text,
    starts_at timestamptz,
    ends_at timestamptz,
    confirmed boolean,
    cancelled boolean,
    late boolean, -- cancelled by the person less than a day before the start
    displaced boolean,
    -- false: not at the door or not found when called, and not back since; null: nothing told yet
    present boolean,
    week date GENERATED ALWAYS AS (date_trunc('week', starts_at AT TIME ZONE 'Europe/Berlin')::date) STORED
);
CREATE INDEX booking_week ON booking (week) WHERE confirmed;

CREATE TABLE visit (
    visit_id uuid PRIMARY KEY,
    site text,
    service text, -- empty if nothing or more than one was delivered
    finished_at timestamptz,
    inaccurate boolean,
    week date GENERATED ALWAYS AS (date_trunc('week', finished_at AT TIME ZONE 'Europe/Berlin')::date) STORED
);
CREATE INDEX visit_week ON visit (week) WHERE week IS NOT NULL;

-- A counter begins to serve a visit, or stops: for good, or because it is parked or goes elsewhere.
CREATE TABLE turn (
    event_id uuid PRIMARY KEY,
    visit_id uuid NOT NULL,
    at timestamptz NOT NULL,
    position bigint NOT NULL,
    serving boolean NOT NULL
);
CREATE INDEX turn_visit ON turn (visit_id, position);

-- Each attempt at the door: admitted, or why not.
CREATE TABLE entry (
    event_id uuid PRIMARY KEY,
    site text NOT NULL,
    at timestamptz NOT NULL,
    result text NOT NULL,
    week date GENERATED ALWAYS AS (date_trunc('week', at AT TIME ZONE 'Europe/Berlin')::date) STORED
);
CREATE INDEX entry_week ON entry (week, site);
