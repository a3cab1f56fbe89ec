-- migrate:up
-- The figures of closed weeks as they were published: version 1 when a week closes, one more for each correction.
-- The running service adds versions; it can neither change nor remove one.

CREATE TABLE week_version (
    week      text        NOT NULL, -- 2026-W47
    number    int         NOT NULL CHECK (number > 0),
    made_at   timestamptz NOT NULL,
    body      text        NOT NULL, -- the bytes that are signed: positions in the topics, and the figures
    digest    text        NOT NULL,
    key_id    smallint    NOT NULL,
    signature text        NOT NULL,
    PRIMARY KEY (week, number)
);

DO $$
DECLARE app text := regexp_replace(current_user, '_owner$', '_app');
BEGIN
    EXECUTE format('REVOKE ALL ON week_version FROM %I', app);
    EXECUTE format('GRANT SELECT, INSERT ON week_version TO %I', app);
END $$;

-- migrate:down
