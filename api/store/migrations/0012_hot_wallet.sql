-- The hot wallet's address, which is pinned like the chain; absent until the loop has run since this step.
ALTER TABLE ledger_cursor ADD COLUMN address TEXT;
