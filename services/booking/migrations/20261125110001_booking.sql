-- migrate:up
-- Trusted: the database's owner may create it. The appointments' exclusion constraint needs it.
CREATE EXTENSION IF NOT EXISTS btree_gist;

-- Hours and catalogue are read from the log at each start: without this a start would read it all.
CREATE INDEX event_followed ON event (position) WHERE category IN ('opening', 'catalogue');

-- migrate:down
