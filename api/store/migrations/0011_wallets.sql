-- Wallets of accounts on chains, and what is paid out of them. Times are Unix milliseconds UTC, amounts base units of the
-- asset, transactions' bytes hexadecimal, texts of a chain its own.

-- seal: what a key is made of, sealed with its owner's password; absent: the owner keeps the key. opened_utc: when it was
-- opened for the first time, after which the words are never shown again. tries: of the password since it was right.
CREATE TABLE wallet (
  id         TEXT NOT NULL,
  account    TEXT NOT NULL,
  site       TEXT, -- the account's
  chain      TEXT NOT NULL,
  address    TEXT NOT NULL,
  public_key TEXT NOT NULL,
  seal       TEXT,
  made_utc   BIGINT NOT NULL,
  opened_utc BIGINT,
  tries      BIGINT NOT NULL CHECK (tries >= 0),
  tried_utc  BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE (chain, account),
  UNIQUE (chain, address)
);
CREATE INDEX wallet_by_site ON wallet (site, id);

-- id: made by whoever asks for it, once. most_fee: what it may cost. epoch: of an expired one, when that was seen.
CREATE TABLE wallet_transaction (
  id         TEXT NOT NULL,
  wallet     TEXT NOT NULL,
  chain      TEXT NOT NULL,
  digest     TEXT NOT NULL,
  bytes      TEXT NOT NULL,
  signature  TEXT,
  recipient  TEXT NOT NULL,
  amount     BIGINT NOT NULL CHECK (amount > 0),
  most_fee   BIGINT NOT NULL CHECK (most_fee >= 0),
  last_epoch BIGINT NOT NULL,
  made_utc   BIGINT NOT NULL,
  state      TEXT NOT NULL CHECK (state IN ('unsigned', 'pending', 'paid', 'failed', 'expired')),
  fee        BIGINT CHECK (fee >= 0),
  checkpoint BIGINT,
  epoch      BIGINT,
  why        TEXT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE (chain, digest),
  CHECK (state <> 'pending' OR signature IS NOT NULL)
);
CREATE INDEX wallet_transaction_by_wallet ON wallet_transaction (wallet, made_utc, id);
CREATE INDEX wallet_transaction_open ON wallet_transaction (made_utc, id) WHERE state IN ('unsigned', 'pending');
CREATE INDEX wallet_transaction_to ON wallet_transaction (chain, recipient) WHERE state IN ('unsigned', 'pending');

-- used: 2 while its transaction may still be executed, 1 once it was, 0 when it never can be.
CREATE TABLE wallet_input (
  transaction_id TEXT NOT NULL,
  wallet         TEXT NOT NULL,
  chain          TEXT NOT NULL,
  object         TEXT NOT NULL,
  version        BIGINT NOT NULL,
  used           BIGINT NOT NULL CHECK (used IN (0, 1, 2)),
  PRIMARY KEY (transaction_id, object)
);
-- Two transactions that use one object would lock it, and perhaps neither be executed.
CREATE UNIQUE INDEX wallet_input_live ON wallet_input (chain, object) WHERE used = 2;
CREATE INDEX wallet_input_by_wallet ON wallet_input (wallet, object) WHERE used > 0;
