-- Finished contacts on all channels. Weeks and days are those of Europe/Berlin.

CREATE TABLE visit (
    visit_id uuid PRIMARY KEY,
    site text,
    kind text,
    asked text,
    delivered text, -- empty: corrected to nothing
    finished_at timestamptz,
    week date GENERATED ALWAYS AS (date_trunc('week', finished_at AT TIME ZONE 'Europe/Berlin')::date) STORED,
    service text GENERATED ALWAYS AS (coalesce(nullif(delivered, ''), asked)) STORED,
    -- what was delivered decides; without that, what the person came for
    pickup boolean GENERATED ALWAYS AS (
        CASE
            WHEN nullif(delivered, '') IS NULL AND kind = 'pickup' THEN true
            ELSE coalesce(coalesce(nullif(delivered, ''), asked) LIKE '%\_pickup', false)
        END
    ) STORED
);
CREATE INDEX visit_week ON visit (week) WHERE week IS NOT NULL;

-- Contacts that one event alone tells: answered or forwarded items, handovers, calls of the hand log.
CREATE TABLE contact (
    event_id uuid PRIMARY KEY,
    channel text NOT NULL,
    at timestamptz NOT NULL,
    site text,
    service text,
    outcome text,
    week date GENERATED ALWAYS AS (date_trunc('week', at AT TIME ZONE 'Europe/Berlin')::date) STORED
);
CREATE INDEX contact_week ON contact (week, channel);

-- Calls as the telephone system recorded them.
CREATE TABLE recorded_call (
    call_id uuid PRIMARY KEY,
    site text NOT NULL,
    result text NOT NULL,
    offered_at timestamptz NOT NULL,
    answered_at timestamptz,
    week date GENERATED ALWAYS AS (date_trunc('week', offered_at AT TIME ZONE 'Europe/Berlin')::date) STORED
);
CREATE INDEX recorded_call_week ON recorded_call (week, site);

-- The group of a service, as each site's catalogue describes it.
CREATE TABLE described (
    site text NOT NULL,
    service text NOT NULL,
    service_group text NOT NULL,
    PRIMARY KEY (site, service)
);

-- Every finished contact once. Calls of a site and week come from the telephone system if it told
-- anything about them, else from the hand log: the two are never added.
CREATE VIEW counted_contact AS
SELECT 'personal' AS channel, week, finished_at AS at, site, service FROM visit WHERE week IS NOT NULL AND NOT pickup
UNION ALL
SELECT channel, week, at, site, service FROM contact WHERE channel <> 'phone'
UNION ALL
SELECT channel, week, at, site, service FROM contact AS logged
WHERE channel = 'phone'
    AND NOT EXISTS (SELECT FROM recorded_call AS r WHERE r.week = logged.week AND r.site = logged.site)
UNION ALL
SELECT 'phone', week, offered_at, site, NULL FROM recorded_call WHERE result = 'answered';
