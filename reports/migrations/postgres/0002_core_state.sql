-- As in the SQLite schema: what the core of a served lab knows, so that it survives the program.

CREATE TABLE core (
    id      BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    lab     TEXT   NOT NULL,
    folder  TEXT   NOT NULL,
    epoch   BIGINT NOT NULL,
    reached BIGINT NOT NULL,
    starts  BIGINT NOT NULL,
    UNIQUE (lab, folder)
);

CREATE TABLE core_record (
    core_id BIGINT NOT NULL REFERENCES core (id) ON DELETE CASCADE,
    kind    TEXT   NOT NULL,
    key     TEXT   NOT NULL,
    value   TEXT   NOT NULL,
    PRIMARY KEY (core_id, kind, key)
);
