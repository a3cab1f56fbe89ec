-- migrate:up
-- A row that is kept again is fresh again, for its event follows now: until here the statement that wrote it for the
-- second time, more than a day after the first, took it away itself.

CREATE FUNCTION case_is_fresh() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
    INSERT INTO public.fresh_case (id) VALUES ((to_jsonb(NEW) ->> TG_ARGV[0])::uuid)
    ON CONFLICT (id) DO UPDATE SET kept_at = excluded.kept_at;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION case_is_fresh() FROM PUBLIC;

CREATE TRIGGER item_case_is_fresh BEFORE INSERT ON item_case
    FOR EACH ROW EXECUTE FUNCTION case_is_fresh('item_id');
CREATE TRIGGER document_case_is_fresh BEFORE INSERT ON document_case
    FOR EACH ROW EXECUTE FUNCTION case_is_fresh('document_id');

-- migrate:down
