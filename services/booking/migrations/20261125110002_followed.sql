-- migrate:up transaction:false
-- Hours and catalogue are read from the log at each start: without this a start would read it all.
CREATE INDEX CONCURRENTLY IF NOT EXISTS event_followed ON event (position)
WHERE category IN ('opening', 'catalogue');

-- migrate:down
