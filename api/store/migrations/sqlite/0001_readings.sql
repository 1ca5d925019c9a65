-- Readings are kept twice: the signed text of each batch exactly as its agent sent it, and a row per reading to ask for.
-- Times are Unix milliseconds UTC, digests lower-case hexadecimal, random 64-bit numbers their two's complement.

CREATE TABLE device (
  id    INTEGER PRIMARY KEY,
  site  TEXT NOT NULL,
  agent TEXT NOT NULL,
  UNIQUE (site, agent)
) STRICT;

CREATE TABLE batch (
  id           INTEGER PRIMARY KEY,
  device       INTEGER NOT NULL REFERENCES device (id),
  first_seq    INTEGER NOT NULL,
  last_seq     INTEGER NOT NULL,
  previous     TEXT NOT NULL,
  head         TEXT NOT NULL,
  chain        TEXT NOT NULL CHECK (chain IN ('whole', 'broken')),
  received_utc INTEGER NOT NULL,
  envelope     TEXT NOT NULL
) STRICT;
CREATE INDEX batch_by_first ON batch (device, first_seq);
CREATE INDEX batch_by_last ON batch (device, last_seq);

CREATE TABLE reading (
  device      INTEGER NOT NULL REFERENCES device (id),
  seq         INTEGER NOT NULL,
  batch       INTEGER NOT NULL REFERENCES batch (id),
  boot        INTEGER NOT NULL,
  at_ms       INTEGER NOT NULL,
  utc         INTEGER,
  import_wh   INTEGER NOT NULL,
  export_wh   INTEGER NOT NULL,
  mean_l1_ma  INTEGER NOT NULL,
  mean_l2_ma  INTEGER NOT NULL,
  mean_l3_ma  INTEGER NOT NULL,
  limit_l1_ma INTEGER NOT NULL,
  limit_l2_ma INTEGER NOT NULL,
  limit_l3_ma INTEGER NOT NULL,
  state       TEXT NOT NULL,
  PRIMARY KEY (device, seq)
) STRICT, WITHOUT ROWID;
-- Readings of unsynchronised clocks have no time; they come first.
CREATE INDEX reading_by_time ON reading (device, coalesce(utc, -1), seq);

CREATE TABLE answer (
  site     TEXT NOT NULL,
  key      TEXT NOT NULL,
  request  TEXT NOT NULL,
  answer   TEXT NOT NULL,
  kept_utc INTEGER NOT NULL,
  PRIMARY KEY (site, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX answer_by_time ON answer (kept_utc);
