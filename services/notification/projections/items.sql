-- What messages have to know of papers that are missing. No personal data; `position` is that of the item's
-- last event seen, in documents' own log.
CREATE TABLE item_state (
    item_id      uuid   PRIMARY KEY,
    position     bigint NOT NULL,
    changed_at   bigint,                 -- position of the last request for papers, or of its last reminder
    phase        text   NOT NULL,
    service      text,
    papers       jsonb,                  -- codes that were asked for
    due_on       date,
    came         jsonb  NOT NULL         -- [[position, code], …]
);
