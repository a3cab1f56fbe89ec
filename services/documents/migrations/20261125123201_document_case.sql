-- migrate:up
-- What must be known of a document and must not be in an event: its number, and how old its holder is.
-- A row ends two days after its document did.

CREATE TABLE document_case (
    document_id uuid PRIMARY KEY,
    number      text UNIQUE,
    born_on     date,
    holder      text CHECK (holder IN ('adult', 'young', 'child'))
);
-- No planner statistics over personal columns: samples would survive the end.
ALTER TABLE document_case ALTER number SET STATISTICS 0, ALTER born_on SET STATISTICS 0;

DO $$
DECLARE app text := regexp_replace(current_user, '_owner$', '_app');
BEGIN
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON document_case TO %I', app);
END $$;

-- migrate:down
