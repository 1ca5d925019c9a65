-- What is paid for flexibility. Times are Unix milliseconds UTC, amounts base units of the asset.

-- A quarter-hour for which a price was shown before it began, and what was set aside for it.
CREATE TABLE flexibility_slot (
  site        TEXT NOT NULL,
  slot_utc    BIGINT NOT NULL,
  asset       TEXT NOT NULL,
  price       BIGINT NOT NULL CHECK (price >= 0), -- per kWh; 0: the budget did not reach
  most_wh     BIGINT NOT NULL,
  reserved    BIGINT NOT NULL CHECK (reserved >= 0),
  reserve     TEXT, -- the transfer; absent where nothing was set aside
  expires_utc BIGINT NOT NULL,
  settled_utc BIGINT,
  paid        BIGINT NOT NULL CHECK (paid >= 0 AND paid <= reserved),
  PRIMARY KEY (site, slot_utc)
);
CREATE INDEX flexibility_slot_open ON flexibility_slot (slot_utc, site) WHERE settled_utc IS NULL;

-- What one device has earned in it, or why it has not.
CREATE TABLE flexibility_reward (
  site        TEXT NOT NULL,
  slot_utc    BIGINT NOT NULL,
  agent       TEXT NOT NULL,
  owner       TEXT NOT NULL, -- of the account that is paid
  verdict     TEXT NOT NULL,
  node        TEXT NOT NULL, -- that kept it back; may be empty
  claimed_wh  BIGINT NOT NULL,
  verified_wh BIGINT NOT NULL,
  amount      BIGINT NOT NULL CHECK (amount >= 0),
  carried     BIGINT NOT NULL CHECK (carried >= 0 AND carried < 1000), -- in 1/1000 base units
  transfer    TEXT, -- absent where nothing was paid
  epoch       BIGINT NOT NULL, -- with boot and number: the batch of evidence
  boot        TEXT NOT NULL,
  number      BIGINT NOT NULL,
  PRIMARY KEY (site, slot_utc, agent),
  UNIQUE (site, agent, slot_utc)
);

-- Limits that have been shown as a proof: each counts once.
CREATE TABLE flexibility_proof (
  site     TEXT NOT NULL,
  agent    TEXT NOT NULL,
  epoch    BIGINT NOT NULL,
  boot     TEXT NOT NULL,
  seq      TEXT NOT NULL,
  slot_utc BIGINT NOT NULL,
  PRIMARY KEY (site, agent, epoch, boot, seq)
);
