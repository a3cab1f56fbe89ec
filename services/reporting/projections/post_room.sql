-- Letters, e-mails and forms. Days are those of Europe/Berlin.

CREATE TABLE item (
    item_id uuid PRIMARY KEY,
    service text,
    channel text,
    received_on date,
    told_at timestamptz,
    reacted_at timestamptz,
    closed_at timestamptz, -- the first time
    marked boolean, -- papers were asked for, or it was reopened: see its marks
    week date GENERATED ALWAYS AS (date_trunc('week', received_on::timestamp)::date) STORED,
    told_week date GENERATED ALWAYS AS (date_trunc('week', told_at AT TIME ZONE 'Europe/Berlin')::date) STORED,
    -- from the day of its stamp to the first closing; without end while it is open
    lies tstzrange GENERATED ALWAYS AS (
        CASE WHEN received_on IS NOT NULL THEN tstzrange(
            received_on::timestamp AT TIME ZONE 'Europe/Berlin',
            CASE WHEN closed_at IS NOT NULL
                THEN greatest(closed_at, received_on::timestamp AT TIME ZONE 'Europe/Berlin')
            END
        ) END
    ) STORED
);
CREATE INDEX item_week ON item (week);
CREATE INDEX item_lies ON item USING gist (lies);

-- Whose turn it is with an item: asked and closed hand it to the citizen, back and reopened return it.
CREATE TABLE mark (
    event_id uuid PRIMARY KEY,
    item_id uuid NOT NULL,
    what text NOT NULL,
    at timestamptz NOT NULL,
    position bigint NOT NULL,
    service text,
    outcome text,
    week date GENERATED ALWAYS AS (date_trunc('week', at AT TIME ZONE 'Europe/Berlin')::date) STORED
);
CREATE INDEX mark_item ON mark (item_id, position);
CREATE INDEX mark_closed ON mark (week) WHERE what = 'closed';
CREATE INDEX mark_reopened ON mark (item_id) WHERE what = 'reopened';

-- Whether a service could also be had by a visit, as each site's catalogue describes it.
CREATE TABLE described (
    site text NOT NULL,
    service text NOT NULL,
    visit boolean NOT NULL,
    PRIMARY KEY (site, service)
);
