-- migrate:up
-- What tells of people is written before its event, so that no event lacks it. Where no event followed, as after
-- a fault and a caller who did not ask again, nothing would ever end it: a day later the next row that is written
-- takes it away, with the owner's rights.

CREATE TABLE fresh_case (
    id      uuid        PRIMARY KEY,
    kept_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE FUNCTION forget_cases_without_event() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE lost uuid[];
BEGIN
    IF TG_TABLE_NAME = 'item_case' THEN
        INSERT INTO public.fresh_case (id) SELECT item_id FROM kept ON CONFLICT DO NOTHING;
    ELSE
        INSERT INTO public.fresh_case (id) SELECT document_id FROM kept ON CONFLICT DO NOTHING;
    END IF;
    WITH looked_at AS (
        DELETE FROM public.fresh_case WHERE kept_at < clock_timestamp() - interval '1 day' RETURNING id
    )
    SELECT array_agg(id) INTO lost FROM looked_at
    WHERE NOT EXISTS (SELECT FROM public.event WHERE stream_id = looked_at.id);
    DELETE FROM public.item_case WHERE item_id = ANY(lost);
    DELETE FROM public.document_case WHERE document_id = ANY(lost);
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION forget_cases_without_event() FROM PUBLIC;

CREATE TRIGGER item_case_without_event AFTER INSERT ON item_case
    REFERENCING NEW TABLE AS kept FOR EACH STATEMENT EXECUTE FUNCTION forget_cases_without_event();
CREATE TRIGGER document_case_without_event AFTER INSERT ON document_case
    REFERENCING NEW TABLE AS kept FOR EACH STATEMENT EXECUTE FUNCTION forget_cases_without_event();

-- migrate:down
