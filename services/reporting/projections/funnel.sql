-- The way of each online reservation. A booking is one row, whatever happens to it.

CREATE TABLE booking (
    booking_id uuid PRIMARY KEY,
    site text,
    reserved_at timestamptz,
    starts_at timestamptz,
    contact_given_at timestamptz,
    mail_accepted_at timestamptz,
    confirmed_at timestamptz,
    state text,
    week date GENERATED ALWAYS AS (date_trunc('week', reserved_at AT TIME ZONE 'Europe/Berlin')::date) STORED,
    lead_days integer GENERATED ALWAYS AS (
        (starts_at AT TIME ZONE 'Europe/Berlin')::date - (reserved_at AT TIME ZONE 'Europe/Berlin')::date
    ) STORED
);
CREATE INDEX booking_week ON booking (week) WHERE week IS NOT NULL;
