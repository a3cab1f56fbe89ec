CREATE TABLE story (
    booking_id uuid   PRIMARY KEY,
    last       text   NOT NULL,
    position   bigint NOT NULL,
    persons    int    NOT NULL CHECK (persons < 100)
);
CREATE TABLE tally (
    day  date NOT NULL,
    type text NOT NULL,
    n    int  NOT NULL,
    PRIMARY KEY (day, type)
);
