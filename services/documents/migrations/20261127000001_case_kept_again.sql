-- migrate:up
-- A row that is written again is fresh again: the event that needs it follows now.

CREATE FUNCTION case_is_fresh() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
    INSERT INTO public.fresh_case (id)
    VALUES (CASE TG_TABLE_NAME WHEN 'item_case' THEN (to_jsonb(NEW) ->> 'item_id')::uuid
            ELSE (to_jsonb(NEW) ->> 'document_id')::uuid END)
    ON CONFLICT (id) DO UPDATE SET kept_at = clock_timestamp();
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION case_is_fresh() FROM PUBLIC;

CREATE TRIGGER item_case_is_fresh BEFORE INSERT ON item_case
    FOR EACH ROW EXECUTE FUNCTION case_is_fresh();
CREATE TRIGGER document_case_is_fresh BEFORE INSERT ON document_case
    FOR EACH ROW EXECUTE FUNCTION case_is_fresh();

-- migrate:down
