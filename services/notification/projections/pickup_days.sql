-- On which days documents can be collected. No personal data.
CREATE TABLE pickup_day (
    site      text        NOT NULL,
    day       date        NOT NULL,
    closes_at timestamptz,           -- end of the day's last stretch for collecting; null on a day without
    PRIMARY KEY (site, day)
);
