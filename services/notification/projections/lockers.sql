-- What messages have to know of documents in lockers. No personal data; `position` is that of the last event
-- that moved the document, in documents' own log.
CREATE TABLE locker_state (
    document_id   uuid    PRIMARY KEY,
    position      bigint  NOT NULL,
    kind          text    NOT NULL,
    site          text    NOT NULL,
    inside        boolean NOT NULL,
    collect_until date                     -- as planned when it was placed there
);
