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
