-- What messages have to know of wishes for an earlier appointment. No personal data; `position` is that of
-- the wish's last event seen, in booking's own log.
CREATE TABLE wish_state (
    wish_id       uuid   PRIMARY KEY,
    position      bigint NOT NULL,
    changed_at    bigint,                 -- position of the last event that a message may speak of
    phase         text   NOT NULL,
    site          text,
    items         json,                   -- [[service, quantity], …]
    booking_id    uuid,                   -- the present appointment, which an accepted offer moves
    made_at       timestamptz,
    offer_id      uuid,
    starts_at     timestamptz,
    offered_until timestamptz
);
-- Offers whose place somebody took. They are told by the taker's booking, so in any order.
CREATE TABLE taken_offer (
    offer_id uuid PRIMARY KEY
);
