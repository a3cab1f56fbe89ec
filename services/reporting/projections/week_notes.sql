-- What the office says about a week, and when it was closed.

CREATE TABLE note (
    site text,
    iso_week text,
    text text NOT NULL,
    PRIMARY KEY (site, iso_week)
);

CREATE TABLE closure (
    closure_id uuid PRIMARY KEY,
    site text NOT NULL,
    scope text NOT NULL,
    reason text NOT NULL,
    begins_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    lifted boolean NOT NULL
);
