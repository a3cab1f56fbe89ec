-- One row per booking that has or had a place: the safety net under the day plan's decisions.
CREATE TABLE appointment (
    booking_id uuid PRIMARY KEY,
    site text NOT NULL,
    counter text NOT NULL,
    during tstzrange NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    live boolean NOT NULL,
    -- Checked at the commit, so that the order of rows inside a batch raises no false alarm.
    CONSTRAINT no_double_booking EXCLUDE USING gist (site WITH =, counter WITH =, during WITH &&)
        WHERE (live) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX appointment_day ON appointment (site, starts_at) WHERE live;
