-- migrate:up
-- What delivery keeps beside the log: addresses that do not exist, and in development the mails themselves.
-- Message state is in the log, due work in the table timer, copies of contact data in person_copy.

CREATE TABLE suppression (
    address_hash  text        PRIMARY KEY, -- keyed; never the address
    reason        text        NOT NULL,
    suppressed_at timestamptz NOT NULL
);

CREATE TABLE dev_mail (
    mail_id     bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    mail_from   text        NOT NULL,
    rcpt_to     text        NOT NULL,
    received_at timestamptz NOT NULL,
    content     bytea       NOT NULL
);

DO $$
DECLARE app text := regexp_replace(current_user, '_owner$', '_app');
BEGIN
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON suppression, dev_mail TO %I', app);
END $$;

-- migrate:down
