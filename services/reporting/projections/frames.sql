-- What the counters of a site offer on a date: the frame told last, as [{"from": …, "until": …}, …].

CREATE TABLE frame (
    site text,
    date date,
    blocks jsonb NOT NULL,
    week date GENERATED ALWAYS AS (date_trunc('week', date::timestamp)::date) STORED,
    PRIMARY KEY (site, date)
);
CREATE INDEX frame_week ON frame (week);
