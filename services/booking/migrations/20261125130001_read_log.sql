-- migrate:up
-- Who of the office saw who a booking is for, when and why. The running service adds to it and reads it
-- back for data protection; it can neither change nor remove a row.

CREATE TABLE read_log (
    read_id    bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    read_at    timestamptz NOT NULL,
    staff_id   text        NOT NULL,
    role       text        NOT NULL,
    site       text        NOT NULL,
    reason     text        NOT NULL, -- which page, a code
    booking_id uuid        NOT NULL
);
CREATE INDEX read_log_booking ON read_log (booking_id, read_at);
CREATE INDEX read_log_at ON read_log (read_at);

DO $$
DECLARE app text := regexp_replace(current_user, '_owner$', '_app');
BEGIN
    EXECUTE format('REVOKE ALL ON read_log FROM %I', app);
    EXECUTE format('GRANT SELECT, INSERT ON read_log TO %I', app);
END $$;

-- migrate:down
