-- Who may do what, orders to sites, and what was done with privileges. Secrets are kept as digests alone.

CREATE TABLE token (
  id          TEXT NOT NULL PRIMARY KEY,
  name        TEXT NOT NULL,
  scope       TEXT NOT NULL CHECK (scope IN ('read', 'operate', 'administer')),
  sites       TEXT, -- names joined by blanks; null: all
  secret      TEXT NOT NULL,
  made_utc    BIGINT NOT NULL,
  expires_utc BIGINT,
  revoked_utc BIGINT
);

CREATE TABLE enrolled_site (
  site       TEXT NOT NULL PRIMARY KEY,
  key        TEXT NOT NULL,
  deployment TEXT  -- its own; NULL: the api's
);

CREATE TABLE enrolled_agent (
  site  TEXT NOT NULL REFERENCES enrolled_site (site),
  agent TEXT NOT NULL,
  key   TEXT NOT NULL,
  PRIMARY KEY (site, agent)
);

CREATE TABLE pairing_code (
  id          TEXT NOT NULL PRIMARY KEY,
  secret      TEXT NOT NULL,
  site        TEXT,
  expires_utc BIGINT NOT NULL,
  tries_left  BIGINT NOT NULL
);

CREATE TABLE site_order (
  site        TEXT NOT NULL,
  id          BIGINT NOT NULL,
  kind        TEXT NOT NULL,
  envelope    TEXT NOT NULL,
  reason      TEXT NOT NULL,
  by_whom     TEXT NOT NULL,
  issued_utc  BIGINT NOT NULL,
  expires_utc BIGINT NOT NULL,
  acked_utc   BIGINT,
  outcome     TEXT NOT NULL,
  why         TEXT NOT NULL,
  PRIMARY KEY (site, id)
);
CREATE INDEX site_order_waiting ON site_order (site, id) WHERE acked_utc IS NULL;

CREATE TABLE change_counter (version BIGINT NOT NULL);
INSERT INTO change_counter (version) VALUES (0);

-- Its numbers begin with the time, so that they rise.
CREATE TABLE audit (
  id     BIGINT NOT NULL PRIMARY KEY,
  at_utc BIGINT NOT NULL,
  who    TEXT NOT NULL,
  what   TEXT NOT NULL,
  site   TEXT NOT NULL,
  detail TEXT NOT NULL
);
