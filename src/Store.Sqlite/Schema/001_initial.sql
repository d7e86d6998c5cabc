-- Times and durations are milliseconds (times since 1970, UTC). Columns that hold JSON say so. docs/formats/database.md explains each table.

CREATE TABLE jobs (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    parent      INTEGER NOT NULL,               -- 0 is the root
    name        TEXT    NOT NULL,
    path        TEXT    NOT NULL UNIQUE,
    config      TEXT    NOT NULL,               -- config.xml as it was given
    definition  TEXT    NOT NULL,               -- JSON
    enabled     INTEGER NOT NULL,
    declared    TEXT,                           -- JSON
    next_number INTEGER NOT NULL DEFAULT 1,
    UNIQUE (parent, name)
) STRICT;

CREATE TABLE queue_items (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    job         INTEGER NOT NULL,
    fingerprint TEXT    NOT NULL,               -- of the parameters; equal ones join
    parameters  TEXT    NOT NULL,               -- JSON
    causes      TEXT    NOT NULL,               -- JSON
    since       INTEGER NOT NULL,
    due         INTEGER NOT NULL,
    departed    INTEGER,                        -- null while it waits
    cancelled   INTEGER NOT NULL DEFAULT 0,
    run         INTEGER,
    number      INTEGER
) STRICT;
CREATE INDEX queue_items_waiting  ON queue_items (job, fingerprint) WHERE departed IS NULL;
CREATE INDEX queue_items_departed ON queue_items (departed) WHERE departed IS NOT NULL;

CREATE TABLE runs (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,  -- never given twice: directories are named by it
    job          INTEGER NOT NULL,
    number       INTEGER NOT NULL,
    state        TEXT    NOT NULL CHECK (state IN ('queued', 'running', 'finished')),
    result       TEXT,
    queued       INTEGER NOT NULL,
    started      INTEGER NOT NULL,
    ended        INTEGER,
    display_name TEXT,
    description  TEXT,
    kept         INTEGER NOT NULL DEFAULT 0,
    artifacts    INTEGER NOT NULL DEFAULT 1,         -- 0: retention has taken them
    error        TEXT,
    infrastructure INTEGER NOT NULL DEFAULT 0,       -- the error is not the build's own
    queue_item   INTEGER,
    parameters   TEXT    NOT NULL,                   -- JSON
    causes       TEXT    NOT NULL,                   -- JSON
    scm          TEXT,                               -- JSON
    nodes        TEXT    NOT NULL DEFAULT '[]',      -- JSON
    UNIQUE (job, number)
) STRICT;
CREATE INDEX runs_by_result  ON runs (job, result, number) WHERE state = 'finished';
CREATE INDEX runs_unfinished ON runs (id) WHERE state <> 'finished';

-- place = run * 2^24 + sequence: one tree, in which a run's records lie side by side and which grows at its right edge.
CREATE TABLE journal (
    place    INTEGER PRIMARY KEY,
    time     INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    event    BLOB    NOT NULL                        -- JSON, UTF-8
) STRICT;

CREATE TABLE flow_nodes (
    run      INTEGER NOT NULL,
    node     INTEGER NOT NULL,
    sequence INTEGER NOT NULL,                       -- of the record that began it
    parent   INTEGER,
    kind     TEXT    NOT NULL,
    function TEXT    NOT NULL,
    name     TEXT,
    detail   TEXT,
    started  INTEGER NOT NULL,
    ended    INTEGER,
    status   TEXT,
    reason   TEXT,
    PRIMARY KEY (run, node)
) STRICT, WITHOUT ROWID;

CREATE TABLE milestones (
    job     INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    number  INTEGER NOT NULL,                        -- newest run that passed
    PRIMARY KEY (job, ordinal)
) STRICT, WITHOUT ROWID;

CREATE TABLE test_summaries (
    run      INTEGER PRIMARY KEY,
    job      INTEGER NOT NULL,
    number   INTEGER NOT NULL,
    total    INTEGER NOT NULL,
    failed   INTEGER NOT NULL,
    skipped  INTEGER NOT NULL,
    duration INTEGER NOT NULL
) STRICT;
CREATE INDEX test_summaries_by_job ON test_summaries (job, number);

CREATE TABLE test_suites (
    id       INTEGER PRIMARY KEY,
    run      INTEGER NOT NULL,
    effect   INTEGER NOT NULL,                       -- the junit step that recorded it
    name     TEXT    NOT NULL,
    duration INTEGER NOT NULL
) STRICT;
CREATE INDEX test_suites_by_run ON test_suites (run, effect);

CREATE TABLE test_cases (
    id           INTEGER PRIMARY KEY,
    run          INTEGER NOT NULL,
    suite        INTEGER NOT NULL,
    class        TEXT    NOT NULL,
    name         TEXT    NOT NULL,
    status       TEXT    NOT NULL,
    duration     INTEGER NOT NULL,
    message      TEXT,
    stack        TEXT,
    output       TEXT,
    failed_since INTEGER
) STRICT;
CREATE INDEX test_cases_by_run ON test_cases (run, status);
CREATE INDEX test_cases_by_suite ON test_cases (suite);

CREATE TABLE users (
    id            TEXT    PRIMARY KEY COLLATE NOCASE,
    full_name     TEXT    NOT NULL,
    password_hash TEXT,
    created       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE api_tokens (
    id        TEXT    PRIMARY KEY,
    user      TEXT    NOT NULL COLLATE NOCASE REFERENCES users (id) ON DELETE CASCADE,
    name      TEXT    NOT NULL,
    hash      TEXT    NOT NULL UNIQUE,
    created   INTEGER NOT NULL,
    last_used INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX api_tokens_by_user ON api_tokens (user);

CREATE TABLE sessions (
    hash    TEXT    PRIMARY KEY,
    user    TEXT    NOT NULL COLLATE NOCASE,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_user ON sessions (user);
CREATE INDEX sessions_by_expiry ON sessions (expires);

CREATE TABLE nodes (
    name             TEXT    PRIMARY KEY,
    description      TEXT,
    labels           TEXT    NOT NULL,               -- JSON
    executors        INTEGER NOT NULL,
    exclusive        INTEGER NOT NULL,
    remote_directory TEXT    NOT NULL,
    secret           TEXT    NOT NULL,
    offline_reason   TEXT,
    created          INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE settings (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What was deleted and has not left the disk yet: hidden at once, removed in small pieces.
CREATE TABLE doomed_runs (run INTEGER PRIMARY KEY) STRICT;
CREATE TABLE doomed_jobs (job INTEGER PRIMARY KEY) STRICT;
CREATE TABLE doomed_artifacts (run INTEGER PRIMARY KEY) STRICT;
