-- The journal: the book of record for money and what is counted like it. Amounts are whole units of the account's
-- asset; times are Unix milliseconds UTC; ids are two halves of 128 bits, signed as the engine has them.

CREATE TABLE journal_commit (
  number BIGINT NOT NULL,
  at_utc BIGINT NOT NULL,
  head   TEXT NOT NULL,
  PRIMARY KEY (number),
  CHECK (number > 0)
);
CREATE INDEX journal_commit_by_time ON journal_commit (at_utc, number);

-- debits_over: by how much debits may exceed posted credits; null: no bound. credits_over: the other way round.
CREATE TABLE account (
  number        BIGINT NOT NULL,
  id_high       BIGINT NOT NULL,
  id_low        BIGINT NOT NULL,
  asset         TEXT NOT NULL,
  kind          TEXT NOT NULL,
  site          TEXT,
  owner         TEXT NOT NULL,
  debits_over   BIGINT,
  credits_over  BIGINT,
  commit_number BIGINT NOT NULL,
  made_utc      BIGINT NOT NULL,
  PRIMARY KEY (number),
  CHECK (number > 0 AND debits_over >= 0 AND credits_over >= 0)
);
CREATE UNIQUE INDEX account_by_id ON account (id_high, id_low);
CREATE INDEX account_by_owner ON account (owner, number);
CREATE INDEX account_by_site ON account (site, number);
CREATE INDEX account_by_commit ON account (commit_number, number);

-- kind: 1 transfer, 2 reserve, 3 post, 4 void. code: why, as docs/ledger.md lists it. debit and credit: account numbers.
CREATE TABLE transfer (
  commit_number BIGINT NOT NULL,
  ordinal       BIGINT NOT NULL,
  id_high       BIGINT NOT NULL,
  id_low        BIGINT NOT NULL,
  kind          BIGINT NOT NULL,
  debit         BIGINT NOT NULL,
  credit        BIGINT NOT NULL,
  amount        BIGINT NOT NULL,
  reserve_high  BIGINT,
  reserve_low   BIGINT,
  time_out_ms   BIGINT,
  code          BIGINT NOT NULL,
  reference     TEXT NOT NULL,
  linked        BIGINT NOT NULL,
  PRIMARY KEY (commit_number, ordinal),
  CHECK (amount > 0),
  CHECK (debit <> credit),
  CHECK (kind BETWEEN 1 AND 4 AND (kind > 2) = (reserve_high IS NOT NULL)),
  CHECK (length(reference) <= 120)
);
CREATE UNIQUE INDEX transfer_by_id ON transfer (id_high, id_low);
-- A reserve is posted or made void once.
CREATE UNIQUE INDEX transfer_by_reserve ON transfer (reserve_high, reserve_low) WHERE reserve_high IS NOT NULL;

-- Each account's balances after each commit that touched it; of that commit's transfers those from first_ordinal to
-- last_ordinal at most. The bounds are the account's, so that the database itself can hold them.
CREATE TABLE account_balance (
  account         BIGINT NOT NULL REFERENCES account (number),
  commit_number   BIGINT NOT NULL,
  debits_pending  BIGINT NOT NULL,
  debits_posted   BIGINT NOT NULL,
  credits_pending BIGINT NOT NULL,
  credits_posted  BIGINT NOT NULL,
  first_ordinal   BIGINT NOT NULL,
  last_ordinal    BIGINT NOT NULL,
  debits_over     BIGINT,
  credits_over    BIGINT,
  PRIMARY KEY (account, commit_number),
  CHECK (debits_pending >= 0 AND debits_posted >= 0 AND credits_pending >= 0 AND credits_posted >= 0),
  CHECK (debits_over IS NULL OR debits_pending - debits_over <= credits_posted - debits_posted),
  CHECK (credits_over IS NULL OR credits_pending - credits_over <= debits_posted - credits_posted)
);

-- What follows from the transfers: reserves that are neither posted nor void.
CREATE TABLE open_reserve (
  id_high     BIGINT NOT NULL,
  id_low      BIGINT NOT NULL,
  debit       BIGINT NOT NULL,
  credit      BIGINT NOT NULL,
  amount      BIGINT NOT NULL,
  expires_utc BIGINT,
  PRIMARY KEY (id_high, id_low),
  CHECK (amount > 0)
);
CREATE INDEX open_reserve_by_time ON open_reserve (expires_utc) WHERE expires_utc IS NOT NULL;

CREATE FUNCTION refuse_change_of_journal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the journal is never changed'; END $$;
CREATE TRIGGER journal_commit_stays BEFORE UPDATE OR DELETE ON journal_commit
FOR EACH ROW EXECUTE FUNCTION refuse_change_of_journal();
CREATE TRIGGER journal_commit_remains BEFORE TRUNCATE ON journal_commit
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_journal();
CREATE TRIGGER account_stays BEFORE UPDATE OR DELETE ON account
FOR EACH ROW EXECUTE FUNCTION refuse_change_of_journal();
CREATE TRIGGER account_remains BEFORE TRUNCATE ON account
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_journal();
CREATE TRIGGER transfer_stays BEFORE UPDATE OR DELETE ON transfer
FOR EACH ROW EXECUTE FUNCTION refuse_change_of_journal();
CREATE TRIGGER transfer_remains BEFORE TRUNCATE ON transfer
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_journal();
CREATE TRIGGER account_balance_stays BEFORE UPDATE OR DELETE ON account_balance
FOR EACH ROW EXECUTE FUNCTION refuse_change_of_journal();
CREATE TRIGGER account_balance_remains BEFORE TRUNCATE ON account_balance
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_journal();
