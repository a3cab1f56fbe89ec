-- migrate:up
-- The head as fence: who has seen the whole log decides at once and appends in one call, without taking the
-- lock first. Promises and reasons: docs/adr/0038-the-head-as-fence.md.

-- Stores like append_events if the log still ends at p_fence. If not, stores nothing, keeps the lock for the
-- session as log_lock does, and answers without a status: the caller reads the tail, decides again, appends.
CREATE FUNCTION append_fenced(
    p_fence bigint, p_at timestamptz, p_first uuid[],
    e_req int[], e_category text[], e_stream uuid[], e_version int[], e_id uuid[], e_type text[],
    e_schema smallint[], e_data text[], e_meta text[],
    v_req int[], v_stream uuid[], v_version int[],
    g_req int[], g_kind text[], g_key text[], g_max int[], g_subject uuid[],
    u_req int[], u_kind text[], u_key text[], u_subject uuid[], u_until timestamptz[],
    t_req int[], t_kind text[], t_subject uuid[], t_due timestamptz[], t_claimed timestamptz[],
    p_req int[], p_id uuid[], p_revision int[], p_keep timestamptz[], p_name text[], p_email text[],
    p_phone text[], p_language text[], p_needs text[], p_erased boolean[],
    OUT head bigint, OUT db_now timestamptz, OUT status text[], OUT guard int[], OUT retry timestamptz[])
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(1, 0);
    head := (SELECT coalesce(max(log.position), 0) FROM event log);
    IF head <> p_fence THEN
        PERFORM pg_advisory_lock(1, 0);
        PERFORM set_config('idle_session_timeout', '1s', false);
        db_now := clock_timestamp();
        RETURN;
    END IF;
    SELECT done.head, done.db_now, done.status, done.guard, done.retry INTO head, db_now, status, guard, retry
    FROM append_events(
        false, p_at, p_first, e_req, e_category, e_stream, e_version, e_id, e_type, e_schema, e_data, e_meta,
        v_req, v_stream, v_version, g_req, g_kind, g_key, g_max, g_subject, u_req, u_kind, u_key, u_subject,
        u_until, t_req, t_kind, t_subject, t_due, t_claimed, p_req, p_id, p_revision, p_keep, p_name,
        p_email, p_phone, p_language, p_needs, p_erased) done;
END $$;

DO $$
BEGIN
    EXECUTE format('GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO %I',
                   regexp_replace(current_user, '_owner$', '_app'));
END $$;

-- migrate:down
