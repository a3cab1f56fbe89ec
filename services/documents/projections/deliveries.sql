-- One row per delivery of the producer.
CREATE TABLE delivery (
    batch_id  uuid        PRIMARY KEY,
    site      text        NOT NULL,
    opened_at timestamptz NOT NULL,
    closed_at timestamptz
);
CREATE INDEX delivery_open ON delivery (site, opened_at) WHERE closed_at IS NULL;
