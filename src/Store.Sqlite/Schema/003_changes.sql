-- What the last runs of a job checked out, by repository and branch: where the next changelog begins.
CREATE TABLE revisions (
    job      INTEGER NOT NULL,
    url      TEXT    NOT NULL,
    branch   TEXT    NOT NULL,
    number   INTEGER NOT NULL,                       -- of the run
    revision TEXT    NOT NULL,
    PRIMARY KEY (job, url, branch, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE changes (
    run      INTEGER NOT NULL,
    effect   INTEGER NOT NULL,                       -- the checkout that brought them
    url      TEXT    NOT NULL,
    branch   TEXT    NOT NULL,
    revision TEXT    NOT NULL,
    entries  TEXT    NOT NULL,                       -- JSON
    PRIMARY KEY (run, effect)
) STRICT, WITHOUT ROWID;
