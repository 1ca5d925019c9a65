-- The same tables as in SQLite. What grows with every minute is partitioned by day: `reading` and `rolled_minute` by
-- their own time, `envelope` by when it was received. Readings of unsynchronised clocks (filed -1) are in the default.

CREATE TABLE device (
  id       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  site     TEXT NOT NULL,
  agent    TEXT NOT NULL,
  last_seq BIGINT NOT NULL DEFAULT 0,
  head     TEXT NOT NULL DEFAULT '0000000000000000000000000000000000000000000000000000000000000000',
  node     TEXT NOT NULL DEFAULT '',
  UNIQUE (site, agent)
) WITH (fillfactor = 70);

CREATE SEQUENCE batch_id;
CREATE TABLE batch (
  id           BIGINT PRIMARY KEY,
  device       BIGINT NOT NULL,
  first_seq    BIGINT NOT NULL,
  last_seq     BIGINT NOT NULL,
  previous     TEXT NOT NULL,
  head         TEXT NOT NULL,
  chain        TEXT NOT NULL CHECK (chain IN ('whole', 'broken')),
  received_utc BIGINT NOT NULL,
  digest       TEXT NOT NULL,
  seal         TEXT NOT NULL,
  from_utc     BIGINT NOT NULL,
  to_utc       BIGINT NOT NULL
);
CREATE INDEX batch_by_first ON batch (device, first_seq);

CREATE TABLE envelope (
  batch        BIGINT NOT NULL,
  received_utc BIGINT NOT NULL,
  text         TEXT NOT NULL,
  PRIMARY KEY (batch, received_utc)
) PARTITION BY RANGE (received_utc);
-- The usual compression costs more than storing the text; where the server has the fast one it takes a quarter.
DO $$
BEGIN
  ALTER TABLE envelope ALTER COLUMN text SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
  ALTER TABLE envelope ALTER COLUMN text SET STORAGE EXTERNAL;
END
$$;
CREATE TABLE envelope_default PARTITION OF envelope DEFAULT;

CREATE TABLE reading (
  device      BIGINT NOT NULL,
  filed       BIGINT NOT NULL,
  seq         BIGINT NOT NULL,
  version     BIGINT NOT NULL,
  batch       BIGINT NOT NULL,
  boot        BIGINT NOT NULL,
  at_ms       BIGINT NOT NULL,
  import_wh   BIGINT NOT NULL,
  export_wh   BIGINT NOT NULL,
  mean_l1_ma  INTEGER NOT NULL,
  mean_l2_ma  INTEGER NOT NULL,
  mean_l3_ma  INTEGER NOT NULL,
  limit_l1_ma INTEGER NOT NULL,
  limit_l2_ma INTEGER NOT NULL,
  limit_l3_ma INTEGER NOT NULL,
  state       TEXT NOT NULL,
  PRIMARY KEY (device, filed, seq)
) PARTITION BY RANGE (filed);
CREATE TABLE reading_default PARTITION OF reading DEFAULT;

CREATE TABLE superseded (
  device       BIGINT NOT NULL,
  filed        BIGINT NOT NULL,
  seq          BIGINT NOT NULL,
  version      BIGINT NOT NULL,
  batch        BIGINT NOT NULL,
  boot         BIGINT NOT NULL,
  at_ms        BIGINT NOT NULL,
  import_wh    BIGINT NOT NULL,
  export_wh    BIGINT NOT NULL,
  mean_l1_ma   INTEGER NOT NULL,
  mean_l2_ma   INTEGER NOT NULL,
  mean_l3_ma   INTEGER NOT NULL,
  limit_l1_ma  INTEGER NOT NULL,
  limit_l2_ma  INTEGER NOT NULL,
  limit_l3_ma  INTEGER NOT NULL,
  state        TEXT NOT NULL,
  replaced_utc BIGINT NOT NULL,
  PRIMARY KEY (device, seq, version)
);

CREATE TABLE dirty (
  id       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  device   BIGINT NOT NULL,
  from_utc BIGINT NOT NULL,
  to_utc   BIGINT NOT NULL
);
CREATE TABLE dirty_day (
  device    BIGINT NOT NULL,
  start_utc BIGINT NOT NULL,
  PRIMARY KEY (device, start_utc)
);

CREATE TABLE rolled_minute (
  device     BIGINT NOT NULL,
  start_utc  BIGINT NOT NULL,
  import_wh  BIGINT NOT NULL,
  export_wh  BIGINT NOT NULL,
  low_l1_ma  INTEGER NOT NULL,
  low_l2_ma  INTEGER NOT NULL,
  low_l3_ma  INTEGER NOT NULL,
  high_l1_ma INTEGER NOT NULL,
  high_l2_ma INTEGER NOT NULL,
  high_l3_ma INTEGER NOT NULL,
  readings   INTEGER NOT NULL,
  limited    INTEGER NOT NULL,
  flags      INTEGER NOT NULL,
  PRIMARY KEY (device, start_utc)
) PARTITION BY RANGE (start_utc);
CREATE TABLE rolled_minute_default PARTITION OF rolled_minute DEFAULT;
CREATE TABLE rolled_quarter (LIKE rolled_minute, PRIMARY KEY (device, start_utc));
CREATE TABLE rolled_day (LIKE rolled_minute, PRIMARY KEY (device, start_utc));

CREATE TABLE answer (
  site     TEXT NOT NULL,
  key      TEXT NOT NULL,
  request  TEXT NOT NULL,
  answer   TEXT NOT NULL,
  kept_utc BIGINT NOT NULL,
  PRIMARY KEY (site, key)
);
CREATE INDEX answer_by_time ON answer (kept_utc);
