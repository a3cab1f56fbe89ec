-- migrate:up
-- Who was erased stays erased. Of two commands that read the row just before, the second may write a revision
-- above the erasure's: it would bring the contents back, while a tombstone has ended every copy for good.

CREATE FUNCTION leave_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RETURN NULL;
END $$;

CREATE TRIGGER person_stays_erased BEFORE UPDATE ON person FOR EACH ROW
    WHEN (old.erased_at IS NOT NULL AND new.erased_at IS NULL) EXECUTE FUNCTION leave_erased();

-- migrate:down
