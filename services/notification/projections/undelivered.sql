-- Messages that did not reach their person: letters that wait for the printer, and failures that somebody of
-- the office must know of. What went well has no row. Ids and codes only; who it is for stands in the log.
CREATE TABLE undelivered (
    message_id uuid        PRIMARY KEY,
    state      text        NOT NULL,      -- letter, failed, bounced, no_address, parked
    reason     text        NOT NULL,
    since      timestamptz NOT NULL
);
CREATE INDEX undelivered_state ON undelivered (state, since);
