-- migrate:up
-- Most of what a consumer is brought does not concern it, and then only its checkpoint moves: in one statement.
-- p_schema NULL: the current generation. False: the checkpoint is not (or no longer) at p_old.
CREATE FUNCTION pass_over(p_schema text, p_consumer text, p_topic text, p_partition int,
                          p_old bigint, p_position bigint, p_epoch int, p_offset bigint) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF p_schema IS NOT NULL THEN
        PERFORM set_config('search_path', format('%I, public', p_schema), true);
    ELSIF enter_projection(p_consumer) IS NULL THEN
        RETURN false;
    END IF;
    UPDATE checkpoint SET position = p_position, epoch = p_epoch, next_offset = p_offset
    WHERE consumer = p_consumer AND topic = p_topic AND partition = p_partition
      AND position IS NOT DISTINCT FROM p_old;
    RETURN FOUND;
END $$;

-- migrate:down
