-- migrate:up
-- Trusted: the database's owner may create it. The appointments' exclusion constraint needs it.
CREATE EXTENSION IF NOT EXISTS btree_gist;

-- migrate:down
