-- Open and ended calls to collect documents. What is told about a thing once is a row that never changes,
-- so events of one batch, of two topics' partitions or told twice lead to the same rows.
CREATE TABLE invitation (
    invitation_id uuid PRIMARY KEY,
    person_id uuid NOT NULL,
    person_revision int NOT NULL,
    site text NOT NULL,
    language text NOT NULL
);
CREATE TABLE invited_document (
    invitation_id uuid NOT NULL,
    nr int NOT NULL,
    document_id uuid NOT NULL,
    PRIMARY KEY (invitation_id, nr)
);
CREATE TABLE invitation_end (
    invitation_id uuid PRIMARY KEY,
    reason text NOT NULL
);
-- An invitation may be known before the kinds of its documents: they come by other partitions.
CREATE TABLE document (
    document_id uuid PRIMARY KEY,
    kind text NOT NULL
);
