-- Runs, their tests, and what the tests measured and found. Times are microseconds: instants since 1970 UTC, durations,
-- and lab time since the beginning of the test's own lab.

CREATE TABLE run (
    id          INTEGER PRIMARY KEY,
    finished_at INTEGER NOT NULL,
    wall_time   INTEGER NOT NULL,
    lab_time    INTEGER NOT NULL,
    lab         TEXT    NOT NULL,
    lab_file    TEXT    NOT NULL,
    lab_sha256  TEXT    NOT NULL,
    -- Decimal digits: a seed has 64 bits without a sign, an INTEGER has 63.
    seed        TEXT    NOT NULL,
    mode        TEXT    NOT NULL,
    version     TEXT    NOT NULL,
    calendar    TEXT    NOT NULL,
    interrupted INTEGER NOT NULL CHECK (interrupted IN (0, 1))
) STRICT;

CREATE INDEX run_by_end ON run (finished_at);

CREATE TABLE test (
    run_id   INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    -- Position in the run, from 0.
    position INTEGER NOT NULL,
    name     TEXT    NOT NULL,
    suite    TEXT    NOT NULL,
    family   TEXT    NOT NULL,
    title    TEXT    NOT NULL,
    -- Separated by blanks.
    cases    TEXT    NOT NULL,
    clauses  TEXT    NOT NULL,
    verdict  TEXT    NOT NULL,
    lab_time INTEGER NOT NULL,
    repeat   TEXT    NOT NULL,
    PRIMARY KEY (run_id, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX test_by_name ON test (name, run_id);

CREATE TABLE measurement (
    run_id    INTEGER NOT NULL,
    position  INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    name      TEXT    NOT NULL,
    device    TEXT    NOT NULL,
    value     REAL    NOT NULL,
    unit      TEXT    NOT NULL,
    reference TEXT    NOT NULL,
    FOREIGN KEY (run_id, position) REFERENCES test (run_id, position) ON DELETE CASCADE
) STRICT;

CREATE INDEX measurement_by_test ON measurement (run_id, position);
CREATE INDEX measurement_by_name ON measurement (name);

CREATE TABLE finding (
    run_id      INTEGER NOT NULL,
    position    INTEGER NOT NULL,
    message     TEXT    NOT NULL,
    expected    TEXT,
    seen        TEXT,
    blame       TEXT    NOT NULL,
    file        TEXT,
    line        INTEGER,
    line_column INTEGER,
    source      TEXT,
    -- JSON arrays of lines.
    exchange    TEXT    NOT NULL,
    notes       TEXT    NOT NULL,
    PRIMARY KEY (run_id, position),
    FOREIGN KEY (run_id, position) REFERENCES test (run_id, position) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
