-- Balances are kept by eras, so that what is written next lies close together however much is there. An era is named by
-- the number of its first commit; a commit's balances are all of one era. Of each commit: its era, and how many balances
-- the era holds after it. An era ends with the commit that brings it to 16,384.

ALTER TABLE account_balance RENAME TO former_balance;
ALTER TABLE former_balance RENAME CONSTRAINT account_balance_pkey TO former_balance_pkey;
ALTER TABLE journal_commit RENAME TO former_commit;
ALTER TABLE former_commit RENAME CONSTRAINT journal_commit_pkey TO former_commit_pkey;
DROP INDEX journal_commit_by_time;

CREATE TABLE journal_commit (
  number   BIGINT NOT NULL,
  at_utc   BIGINT NOT NULL,
  head     TEXT NOT NULL,
  era      BIGINT NOT NULL,
  era_rows BIGINT NOT NULL,
  PRIMARY KEY (number),
  CHECK (number > 0),
  CHECK (era BETWEEN 1 AND number AND era_rows >= 0)
);
INSERT INTO journal_commit (number, at_utc, head, era, era_rows)
SELECT number, at_utc, head, MIN(number) OVER (PARTITION BY part),
       SUM(touched) OVER (PARTITION BY part ORDER BY number ROWS UNBOUNDED PRECEDING)
FROM (SELECT number, at_utc, head, touched,
             CAST(SUM(touched) OVER (ORDER BY number ROWS UNBOUNDED PRECEDING) - touched AS BIGINT) / 16384 AS part
      FROM (SELECT c.number, c.at_utc, c.head, COALESCE(b.touched, 0) AS touched
            FROM former_commit c LEFT JOIN (SELECT commit_number, COUNT(*) AS touched FROM former_balance
                                            GROUP BY commit_number) b ON b.commit_number = c.number) counted) parted
ORDER BY number;
CREATE INDEX journal_commit_by_time ON journal_commit (at_utc, number);

-- In which eras an account has balances, and from which commit on.
CREATE TABLE account_era (
  account      BIGINT NOT NULL REFERENCES account (number),
  era          BIGINT NOT NULL,
  first_commit BIGINT NOT NULL,
  PRIMARY KEY (account, era),
  CHECK (era BETWEEN 1 AND first_commit)
);
INSERT INTO account_era (account, era, first_commit)
SELECT b.account, c.era, MIN(b.commit_number)
FROM former_balance b JOIN journal_commit c ON c.number = b.commit_number
GROUP BY b.account, c.era;

-- Each account's balances after each commit that touched it; of that commit's transfers those from first_ordinal to
-- last_ordinal at most. The bounds are the account's, so that the database itself can hold them.
CREATE TABLE account_balance (
  era             BIGINT NOT NULL,
  account         BIGINT NOT NULL,
  commit_number   BIGINT NOT NULL,
  debits_pending  BIGINT NOT NULL,
  debits_posted   BIGINT NOT NULL,
  credits_pending BIGINT NOT NULL,
  credits_posted  BIGINT NOT NULL,
  first_ordinal   BIGINT NOT NULL,
  last_ordinal    BIGINT NOT NULL,
  debits_over     BIGINT,
  credits_over    BIGINT,
  PRIMARY KEY (era, account, commit_number),
  CHECK (commit_number >= era),
  CHECK (debits_pending >= 0 AND debits_posted >= 0 AND credits_pending >= 0 AND credits_posted >= 0),
  CHECK (debits_over IS NULL OR debits_pending - debits_over <= credits_posted - debits_posted),
  CHECK (credits_over IS NULL OR credits_pending - credits_over <= debits_posted - credits_posted)
);
INSERT INTO account_balance (era, account, commit_number, debits_pending, debits_posted, credits_pending,
                             credits_posted, first_ordinal, last_ordinal, debits_over, credits_over)
SELECT c.era, b.account, b.commit_number, b.debits_pending, b.debits_posted, b.credits_pending, b.credits_posted,
       b.first_ordinal, b.last_ordinal, b.debits_over, b.credits_over
FROM former_balance b JOIN journal_commit c ON c.number = b.commit_number
ORDER BY b.commit_number, b.account;
-- All at once: row by row it would take far longer.
ALTER TABLE account_balance ADD FOREIGN KEY (account, era) REFERENCES account_era (account, era);

DROP TABLE former_balance;
DROP TABLE former_commit;

-- A plan that was made for a few rows is kept until the table is looked at anew. While there are few, it is better not
-- looked at: the plan is then one for many.
ALTER TABLE account_era SET (autovacuum_analyze_threshold = 2000);
ALTER TABLE account_balance SET (autovacuum_analyze_threshold = 2000);

CREATE TRIGGER journal_commit_stays BEFORE UPDATE OR DELETE ON journal_commit
FOR EACH ROW EXECUTE FUNCTION refuse_change_of_journal();
CREATE TRIGGER journal_commit_remains BEFORE TRUNCATE ON journal_commit
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_journal();
CREATE TRIGGER account_era_stays BEFORE UPDATE OR DELETE ON account_era
FOR EACH ROW EXECUTE FUNCTION refuse_change_of_journal();
CREATE TRIGGER account_era_remains BEFORE TRUNCATE ON account_era
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_journal();
CREATE TRIGGER account_balance_stays BEFORE UPDATE OR DELETE ON account_balance
FOR EACH ROW EXECUTE FUNCTION refuse_change_of_journal();
CREATE TRIGGER account_balance_remains BEFORE TRUNCATE ON account_balance
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_journal();
