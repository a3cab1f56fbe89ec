-- migrate:up
-- A row of the read log is kept for twelve months. The next row that is written takes the older ones away,
-- with the owner's rights: the running service still can neither change nor remove one, and there is no job
-- to forget. Twelve months before the newest row; one dated in the future counts as written now.

CREATE FUNCTION forget_old_reads() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
    DELETE FROM public.read_log
    WHERE read_at < least((SELECT max(read_at) FROM seen), clock_timestamp()) - interval '12 months';
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION forget_old_reads() FROM PUBLIC;

CREATE TRIGGER read_log_retention AFTER INSERT ON read_log
    REFERENCING NEW TABLE AS seen FOR EACH STATEMENT EXECUTE FUNCTION forget_old_reads();

-- migrate:down
