-- migrate:up
-- Whether a mail went to the address that a copy has today: it did not, if it was asked for up to this revision.
-- The revision alone does not tell, as its owner raises it for another end of the row too.

ALTER TABLE person_copy ADD COLUMN email_after int NOT NULL DEFAULT 0;
-- Of what was copied before nobody knows: as if the address had come with the newest revision. Then a bad one is
-- written to once more, but no good one is given up for the report on another.
UPDATE person_copy SET email_after = revision - 1 WHERE revision > 1;

-- migrate:down
