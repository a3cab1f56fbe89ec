-- migrate:up
-- Where the relay stands. Reasons: docs/adr/0011-relay-marks.md.

-- One row. Every position up to this one is in its topic; a restore of this database raises the epoch.
CREATE TABLE relay_state (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    position  bigint  NOT NULL CHECK (position >= 0),
    epoch     int     NOT NULL CHECK (epoch > 0)
);
INSERT INTO relay_state (position, epoch) VALUES (0, 1);

-- What stood last in a partition when the relay looked or sent: the offset after it, and its position.
CREATE TABLE relay_partition (
    topic           text   NOT NULL,
    partition       int    NOT NULL,
    expected_offset bigint NOT NULL,
    last_position   bigint NOT NULL,
    PRIMARY KEY (topic, partition)
);

-- From which position a type is public. Never changed, else records already sent would have had
-- another predecessor.
CREATE TABLE type_public (
    type  text   PRIMARY KEY,
    topic text   NOT NULL,
    since bigint NOT NULL CHECK (since > 0)
);

DO $$
DECLARE app text := regexp_replace(current_user, '_owner$', '_app');
BEGIN
    EXECUTE format('REVOKE ALL ON relay_state, type_public FROM %I', app);
    EXECUTE format('GRANT SELECT, UPDATE ON relay_state TO %I', app);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON relay_partition TO %I', app);
    EXECUTE format('GRANT SELECT, INSERT ON type_public TO %I', app);
END $$;

-- migrate:down
