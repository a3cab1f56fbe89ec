-- What every generation of a read model holds besides the model's own tables.
-- Both change in the transaction of the rows; the checkpoint's row lock is the fence between projectors.

CREATE TABLE checkpoint (
    consumer    text   NOT NULL,
    topic       text   NOT NULL,
    partition   int    NOT NULL,
    position    bigint,             -- last event applied or parked; NULL: none yet
    epoch       int    NOT NULL,    -- that event's log epoch
    next_offset bigint NOT NULL,    -- where to read on; a gap seeks here once
    PRIMARY KEY (consumer, topic, partition)
);

-- Events that could not be applied, and later ones of their keys, in the order of their positions.
CREATE TABLE parked_event (
    consumer  text        NOT NULL,
    topic     text        NOT NULL,
    partition int         NOT NULL,
    "offset"  bigint      NOT NULL,
    position  bigint,               -- NULL: without readable headers, outside the chain
    key       bytea,                -- NULL: holds nothing else back
    reason    text        NOT NULL,
    error     text        NOT NULL,
    headers   bytea       NOT NULL, -- MessagePack of [name, value] pairs as they came
    value     bytea,
    parked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE NULLS NOT DISTINCT (consumer, topic, partition, "offset", position)
);
