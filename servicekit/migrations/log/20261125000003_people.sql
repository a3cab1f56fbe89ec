-- migrate:up
-- Personal data beyond its owner's row: what a service holds of other services' people, and the
-- record of what was erased.

CREATE TABLE person_copy (
    person_id  uuid        PRIMARY KEY,
    owner      text        NOT NULL,
    epoch      int         NOT NULL,
    revision   int         NOT NULL,
    keep_until timestamptz,
    name       text,
    email      text,
    phone      text,
    language   text,
    erased_at  timestamptz
);
CREATE INDEX person_copy_keep ON person_copy (keep_until) WHERE erased_at IS NULL;
-- No planner statistics over personal columns: samples would survive an erasure.
ALTER TABLE person_copy ALTER name SET STATISTICS 0, ALTER email SET STATISTICS 0,
    ALTER phone SET STATISTICS 0, ALTER language SET STATISTICS 0;

-- One row per erasure that found something, and one a day at least.
CREATE TABLE erasure_run (
    ran_at      timestamptz NOT NULL,
    rule        text        NOT NULL,
    count       int         NOT NULL,
    first_until timestamptz,
    last_until  timestamptz,
    ids_hash    text        NOT NULL,
    next_run_at timestamptz NOT NULL,
    PRIMARY KEY (rule, ran_at)
);

DO $$
DECLARE app text := regexp_replace(current_user, '_owner$', '_app');
BEGIN
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON person_copy TO %I', app);
    EXECUTE format('GRANT SELECT, INSERT ON erasure_run TO %I', app);
    -- A rewrite of the small table leaves no old row versions behind.
    EXECUTE format('GRANT MAINTAIN ON person, person_copy TO %I', app);
END $$;

-- migrate:down
