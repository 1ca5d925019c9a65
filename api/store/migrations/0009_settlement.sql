-- What is paid out on chains, and what comes in from them. Times are Unix milliseconds UTC, amounts base units of the
-- asset, bytes hexadecimal, texts of a chain its own.

-- A chain we have a wallet on: what it is pinned to, and how far the history of our own addresses is in the journal.
CREATE TABLE ledger_cursor (
  chain      TEXT NOT NULL,
  deployment TEXT NOT NULL,
  chain_id   TEXT NOT NULL,
  genesis    TEXT NOT NULL,
  position   TEXT NOT NULL,
  wait_epoch BIGINT, -- after a restore nothing is signed before it; -1: the chain has not been asked since
  PRIMARY KEY (chain)
);

-- Whose address it is. held: why nothing is paid until somebody has looked; empty where it is not.
CREATE TABLE ledger_payee (
  chain       TEXT NOT NULL,
  address     TEXT NOT NULL,
  account     TEXT NOT NULL,
  mode        TEXT NOT NULL CHECK (mode IN ('on-request', 'periodic', 'leaving')),
  held        TEXT NOT NULL,
  planned_utc BIGINT NOT NULL,
  PRIMARY KEY (chain, address),
  UNIQUE (chain, account)
);
CREATE INDEX ledger_payee_due ON ledger_payee (chain, planned_utc) WHERE mode <> 'on-request' AND held = '';

CREATE TABLE settlement (
  id           TEXT NOT NULL,
  chain        TEXT NOT NULL,
  asset        TEXT NOT NULL,
  purpose      TEXT NOT NULL CHECK (purpose IN ('periodic', 'requested', 'refund')),
  total        BIGINT NOT NULL CHECK (total > 0),
  made_utc     BIGINT NOT NULL,
  requested_by TEXT NOT NULL,
  approved_by  TEXT,
  approved_utc BIGINT,
  signed_utc   BIGINT, -- the first time
  state        TEXT NOT NULL CHECK (state IN ('open', 'settled', 'given-up')),
  ended_utc    BIGINT,
  why          TEXT NOT NULL,
  PRIMARY KEY (id),
  CHECK ((state = 'open') = (ended_utc IS NULL))
);
CREATE INDEX settlement_open ON settlement (chain, made_utc, id) WHERE state = 'open';
CREATE INDEX settlement_by_chain ON settlement (chain, made_utc, id);
CREATE INDEX settlement_signed ON settlement (chain, signed_utc);

CREATE TABLE settlement_transfer (
  settlement TEXT NOT NULL,
  n          BIGINT NOT NULL,
  account    TEXT NOT NULL,
  address    TEXT NOT NULL,
  amount     BIGINT NOT NULL CHECK (amount > 0),
  reserve    TEXT NOT NULL UNIQUE,
  PRIMARY KEY (settlement, n)
);

-- proof: of an attempt in vain why, of one whose input is used the input and by whom, of one that is over the epoch.
CREATE TABLE settlement_attempt (
  settlement   TEXT NOT NULL,
  n            BIGINT NOT NULL,
  chain        TEXT NOT NULL,
  digest       TEXT NOT NULL,
  bytes        TEXT NOT NULL,
  signature    TEXT NOT NULL,
  most_fee     BIGINT NOT NULL CHECK (most_fee >= 0),
  expiry_epoch BIGINT,
  made_utc     BIGINT NOT NULL,
  state        TEXT NOT NULL CHECK (state IN ('live', 'paid', 'in-vain', 'input-used', 'expired')),
  fee          BIGINT CHECK (fee >= 0),
  checkpoint   BIGINT,
  used_object  TEXT,
  used_version BIGINT,
  proof        TEXT NOT NULL,
  PRIMARY KEY (settlement, n),
  UNIQUE (chain, digest)
);
-- Two attempts of one settlement that could both be executed would pay twice.
CREATE UNIQUE INDEX settlement_attempt_live ON settlement_attempt (settlement) WHERE state IN ('live', 'paid');

CREATE TABLE settlement_input (
  settlement TEXT NOT NULL,
  n          BIGINT NOT NULL,
  chain      TEXT NOT NULL,
  object     TEXT NOT NULL,
  version    BIGINT NOT NULL,
  live       BIGINT NOT NULL CHECK (live IN (0, 1)),
  PRIMARY KEY (settlement, n, object, version)
);
-- Nor does one input belong to two of them.
CREATE UNIQUE INDEX settlement_input_live ON settlement_input (chain, object, version) WHERE live = 1;

-- What came in, once. account: whom it was credited to; absent: it is in suspense, or settlement says how it went back.
CREATE TABLE deposit (
  chain      TEXT NOT NULL,
  digest     TEXT NOT NULL,
  output     BIGINT NOT NULL,
  sender     TEXT NOT NULL,
  amount     BIGINT NOT NULL CHECK (amount > 0),
  checkpoint BIGINT NOT NULL,
  seen_utc   BIGINT NOT NULL,
  account    TEXT,
  settlement TEXT,
  PRIMARY KEY (chain, digest, output),
  CHECK (account IS NULL OR settlement IS NULL)
);
CREATE INDEX deposit_in_suspense ON deposit (chain, seen_utc) WHERE account IS NULL AND settlement IS NULL;
CREATE INDEX deposit_returned ON deposit (settlement) WHERE settlement IS NOT NULL;
