-- Readings are filed by time, so that one tree serves both their uniqueness and every question about a stretch of time.
-- A corrected reading is replaced and the one before kept beside it. What is rolled up, and what has to be again.

ALTER TABLE device ADD COLUMN last_seq INTEGER NOT NULL DEFAULT 0;
ALTER TABLE device ADD COLUMN head TEXT NOT NULL
  DEFAULT '0000000000000000000000000000000000000000000000000000000000000000';
ALTER TABLE device ADD COLUMN node TEXT NOT NULL DEFAULT '';

-- The digest of the signed text names a batch. `seal` holds its key and signature, in hexadecimal, where they and the
-- readings give that text again; elsewhere `seal` is empty and the text is in `envelope`. from_utc and to_utc hold all that its readings are filed under.
ALTER TABLE batch ADD COLUMN digest TEXT NOT NULL DEFAULT '';
ALTER TABLE batch ADD COLUMN seal TEXT NOT NULL DEFAULT '';
ALTER TABLE batch ADD COLUMN from_utc INTEGER NOT NULL DEFAULT -1;
ALTER TABLE batch ADD COLUMN to_utc INTEGER NOT NULL DEFAULT -1;
DROP INDEX batch_by_last;

CREATE TABLE envelope (
  batch        INTEGER PRIMARY KEY,
  received_utc INTEGER NOT NULL,
  text         TEXT NOT NULL
) STRICT;
INSERT INTO envelope (batch, received_utc, text) SELECT id, received_utc, envelope FROM batch;
ALTER TABLE batch DROP COLUMN envelope;

-- `filed` is the reading's time, or -1 where its clock was not synchronised.
CREATE TABLE filed_reading (
  device      INTEGER NOT NULL,
  filed       INTEGER NOT NULL,
  seq         INTEGER NOT NULL,
  version     INTEGER NOT NULL,
  batch       INTEGER NOT NULL,
  boot        INTEGER NOT NULL,
  at_ms       INTEGER NOT NULL,
  import_wh   INTEGER NOT NULL,
  export_wh   INTEGER NOT NULL,
  mean_l1_ma  INTEGER NOT NULL,
  mean_l2_ma  INTEGER NOT NULL,
  mean_l3_ma  INTEGER NOT NULL,
  limit_l1_ma INTEGER NOT NULL,
  limit_l2_ma INTEGER NOT NULL,
  limit_l3_ma INTEGER NOT NULL,
  state       TEXT NOT NULL,
  PRIMARY KEY (device, filed, seq)
) STRICT, WITHOUT ROWID;
INSERT INTO filed_reading
  SELECT device, coalesce(utc, -1), seq, 1, batch, boot, at_ms, import_wh, export_wh, mean_l1_ma, mean_l2_ma,
         mean_l3_ma, limit_l1_ma, limit_l2_ma, limit_l3_ma, state
  FROM reading ORDER BY device, coalesce(utc, -1), seq;
UPDATE batch SET
  from_utc = coalesce((SELECT min(coalesce(r.utc, -1)) FROM reading r
                       WHERE r.device = batch.device AND r.seq BETWEEN batch.first_seq AND batch.last_seq), -1),
  to_utc = coalesce((SELECT max(coalesce(r.utc, -1)) FROM reading r
                     WHERE r.device = batch.device AND r.seq BETWEEN batch.first_seq AND batch.last_seq), -1);
DROP TABLE reading;
ALTER TABLE filed_reading RENAME TO reading;
UPDATE device SET last_seq = coalesce((SELECT max(b.last_seq) FROM batch b WHERE b.device = device.id), 0);
UPDATE device SET head = (SELECT b.head FROM batch b WHERE b.device = device.id AND b.last_seq = device.last_seq
                          ORDER BY b.id LIMIT 1)
  WHERE last_seq > 0;

CREATE TABLE superseded (
  device       INTEGER NOT NULL,
  filed        INTEGER NOT NULL,
  seq          INTEGER NOT NULL,
  version      INTEGER NOT NULL,
  batch        INTEGER NOT NULL,
  boot         INTEGER NOT NULL,
  at_ms        INTEGER NOT NULL,
  import_wh    INTEGER NOT NULL,
  export_wh    INTEGER NOT NULL,
  mean_l1_ma   INTEGER NOT NULL,
  mean_l2_ma   INTEGER NOT NULL,
  mean_l3_ma   INTEGER NOT NULL,
  limit_l1_ma  INTEGER NOT NULL,
  limit_l2_ma  INTEGER NOT NULL,
  limit_l3_ma  INTEGER NOT NULL,
  state        TEXT NOT NULL,
  replaced_utc INTEGER NOT NULL,
  PRIMARY KEY (device, seq, version)
) STRICT, WITHOUT ROWID;

-- Stretches of a device's time whose roll-ups are older than its readings.
CREATE TABLE dirty (
  id       INTEGER PRIMARY KEY,
  device   INTEGER NOT NULL,
  from_utc INTEGER NOT NULL,
  to_utc   INTEGER NOT NULL
) STRICT;
INSERT INTO dirty (device, from_utc, to_utc)
  SELECT device, min(filed), max(filed) FROM reading WHERE filed >= 0 GROUP BY device, filed / 86400000;
CREATE TABLE dirty_day (
  device    INTEGER NOT NULL,
  start_utc INTEGER NOT NULL,
  PRIMARY KEY (device, start_utc)
) STRICT, WITHOUT ROWID;

CREATE TABLE rolled_minute (
  device     INTEGER NOT NULL,
  start_utc  INTEGER NOT NULL,
  import_wh  INTEGER NOT NULL,
  export_wh  INTEGER NOT NULL,
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
) STRICT, WITHOUT ROWID;
CREATE TABLE rolled_quarter (
  device     INTEGER NOT NULL,
  start_utc  INTEGER NOT NULL,
  import_wh  INTEGER NOT NULL,
  export_wh  INTEGER NOT NULL,
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
) STRICT, WITHOUT ROWID;
CREATE TABLE rolled_day (
  device     INTEGER NOT NULL,
  start_utc  INTEGER NOT NULL,
  import_wh  INTEGER NOT NULL,
  export_wh  INTEGER NOT NULL,
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
) STRICT, WITHOUT ROWID;
