-- What proves that devices were held back. Times are Unix milliseconds UTC.

-- Each batch as its site signed it.
CREATE TABLE evidence_batch (
  site         TEXT NOT NULL,
  epoch        BIGINT NOT NULL,
  boot         TEXT NOT NULL,
  number       BIGINT NOT NULL,
  digest       TEXT NOT NULL,
  received_utc BIGINT NOT NULL,
  envelope     TEXT NOT NULL,
  PRIMARY KEY (site, epoch, boot, number)
);
CREATE INDEX evidence_batch_by_time ON evidence_batch (received_utc);

-- One device in one quarter-hour. `flaw` says what is wrong with its proof; empty: it holds.
CREATE TABLE evidence (
  site     TEXT NOT NULL,
  slot_utc BIGINT NOT NULL,
  agent    TEXT NOT NULL,
  epoch    BIGINT NOT NULL,
  boot     TEXT NOT NULL,
  number   BIGINT NOT NULL,
  flaw     TEXT NOT NULL,
  record   TEXT NOT NULL,
  PRIMARY KEY (site, slot_utc, agent),
  UNIQUE (site, agent, slot_utc)
);
CREATE INDEX evidence_by_slot ON evidence (slot_utc);

-- One node in one quarter-hour in which it bound a device.
CREATE TABLE evidence_node (
  site     TEXT NOT NULL,
  slot_utc BIGINT NOT NULL,
  node     TEXT NOT NULL,
  epoch    BIGINT NOT NULL,
  boot     TEXT NOT NULL,
  number   BIGINT NOT NULL,
  record   TEXT NOT NULL,
  PRIMARY KEY (site, slot_utc, node)
);
CREATE INDEX evidence_node_by_slot ON evidence_node (slot_utc);
