-- migrate:up
-- The reading side: which generation of a read model is current, and how far reactions have come.
-- A read model's own tables are made by servicekit/rebuild.py, generation by generation.

-- The switch. A projector reads its row FOR SHARE, a rebuild takes it FOR UPDATE, queries read it unlocked.
CREATE TABLE projection_current (
    name        text        PRIMARY KEY,
    schema      text        NOT NULL UNIQUE,
    switched_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- The same two tables as in each generation (servicekit/generation.sql), here for all reactions.
CREATE SCHEMA reactions;
CREATE TABLE reactions.checkpoint (
    consumer    text   NOT NULL,
    topic       text   NOT NULL,
    partition   int    NOT NULL,
    position    bigint,
    epoch       int    NOT NULL,
    next_offset bigint NOT NULL,
    PRIMARY KEY (consumer, topic, partition)
);
CREATE TABLE reactions.parked_event (
    consumer  text        NOT NULL,
    topic     text        NOT NULL,
    partition int         NOT NULL,
    "offset"  bigint      NOT NULL,
    position  bigint,
    key       bytea,
    reason    text        NOT NULL,
    error     text        NOT NULL,
    headers   bytea       NOT NULL,
    value     bytea,
    parked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE NULLS NOT DISTINCT (consumer, topic, partition, "offset", position)
);

-- The schema of a new generation, with the app role's rights on whatever is created in it; it leads
-- the search path until the transaction ends. Runs as the owner role.
CREATE FUNCTION create_generation(p_schema text) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    app text := regexp_replace(current_user, '_owner$', '_app');
BEGIN
    EXECUTE format('CREATE SCHEMA %I', p_schema);
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', p_schema, app);
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO %I',
                   p_schema, app);
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT USAGE, SELECT ON SEQUENCES TO %I', p_schema, app);
    PERFORM set_config('search_path', format('%I, public', p_schema), true);
END $$;

-- Locks the switch row against a rebuild's switch and puts the current generation on the search path,
-- both until the transaction ends. NULL: this read model has no generation here.
CREATE FUNCTION enter_projection(p_name text) RETURNS text
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    found_schema text;
BEGIN
    SELECT c.schema INTO found_schema FROM public.projection_current c WHERE c.name = p_name FOR SHARE;
    IF found_schema IS NOT NULL THEN
        PERFORM set_config('search_path', format('%I, public', found_schema), true);
    END IF;
    RETURN found_schema;
END $$;

-- Number of rows and hash over the sorted hashes of all rows of a table on the search path.
CREATE FUNCTION table_hash(p_table text) RETURNS text
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    result text;
BEGIN
    EXECUTE format('SELECT count(*) || '':'' || coalesce(md5(string_agg(hash, '''' ORDER BY hash COLLATE "C")), '''')
                    FROM (SELECT md5(t::text) AS hash FROM %I t) hashes', p_table) INTO result;
    RETURN result;
END $$;

-- FOR SHARE needs the right to change some column: the one that nothing rests on.
DO $$
DECLARE
    app text := regexp_replace(current_user, '_owner$', '_app');
BEGIN
    EXECUTE format('REVOKE ALL ON projection_current FROM %I', app);
    EXECUTE format('GRANT SELECT, UPDATE (switched_at) ON projection_current TO %I', app);
    EXECUTE format('GRANT USAGE ON SCHEMA reactions TO %I', app);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA reactions TO %I', app);
END $$;

-- migrate:down
