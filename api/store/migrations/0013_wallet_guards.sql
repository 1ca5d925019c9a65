-- Wrong passwords of a wallet are counted by token. tries and tried_utc of wallet are from now on those of all tokens that
-- have never opened it, in a day, and when that day began.
UPDATE wallet SET tries = 0, tried_utc = 0;

-- who: a token, as the audit log names it. wrong: since it was right, tried_utc the last one. opened: whether it has given
-- the password that there is now.
CREATE TABLE wallet_tries (
  wallet    TEXT NOT NULL,
  who       TEXT NOT NULL,
  wrong     BIGINT NOT NULL CHECK (wrong >= 0),
  tried_utc BIGINT NOT NULL,
  opened    BIGINT NOT NULL CHECK (opened IN (0, 1)),
  PRIMARY KEY (wallet, who)
);

-- This database is an older copy of itself, which does not know what wallets have signed since: one row, from the first
-- restore on. wait_epoch: nothing is paid out of wallets before it; -1: no chain has been asked since; null: it is over.
-- ids_from_utc: a payment's id that begins with an earlier time may be one that is forgotten, and is refused. Whoever
-- puts a copy back makes the table where it is not there yet.
CREATE TABLE IF NOT EXISTS restored (
  one          BIGINT NOT NULL CHECK (one = 1),
  wait_epoch   BIGINT,
  ids_from_utc BIGINT,
  PRIMARY KEY (one)
);
INSERT INTO restored (one, wait_epoch) SELECT 1, -1
  WHERE EXISTS (SELECT 1 FROM ledger_cursor WHERE wait_epoch IS NOT NULL) AND NOT EXISTS (SELECT 1 FROM restored);
