-- What the core of a served lab knows, so that it survives the program. Times are microseconds.

CREATE TABLE core (
    id      INTEGER PRIMARY KEY,
    -- A lab is its name in the folder where it is served.
    lab     TEXT    NOT NULL,
    folder  TEXT    NOT NULL,
    -- The date of lab time zero: that of the first start, since 1970 UTC.
    epoch   INTEGER NOT NULL,
    -- How far lab time had come at the last commit.
    reached INTEGER NOT NULL,
    -- How often the lab was started.
    starts  INTEGER NOT NULL,
    UNIQUE (lab, folder)
) STRICT;

CREATE TABLE core_record (
    core_id INTEGER NOT NULL REFERENCES core (id) ON DELETE CASCADE,
    kind    TEXT    NOT NULL,
    key     TEXT    NOT NULL,
    -- JSON.
    value   TEXT    NOT NULL,
    PRIMARY KEY (core_id, kind, key)
) STRICT, WITHOUT ROWID;
