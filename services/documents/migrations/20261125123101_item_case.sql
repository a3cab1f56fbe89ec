-- migrate:up
-- What stands on a letter, e-mail or form and tells of people. Emptied 30 days after the item's end; the
-- row stays, so that no repeated call can bring it back.

CREATE TABLE item_case (
    item_id      uuid        PRIMARY KEY,
    sender       text,
    note         text,
    file_number  text,
    forgotten_at timestamptz
);
-- No planner statistics over personal columns: samples would survive the end.
ALTER TABLE item_case ALTER sender SET STATISTICS 0, ALTER note SET STATISTICS 0,
    ALTER file_number SET STATISTICS 0;

DO $$
DECLARE app text := regexp_replace(current_user, '_owner$', '_app');
BEGIN
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON item_case TO %I', app);
END $$;

-- migrate:down
