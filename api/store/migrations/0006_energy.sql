-- Where every watt-hour went, who takes part, prices, and payment runs. Times are Unix milliseconds UTC, money is in
-- base units of the run's asset.

CREATE TABLE energy_station (
  site     TEXT NOT NULL,
  station  TEXT NOT NULL, -- its meter
  owner    TEXT NOT NULL,
  left_utc BIGINT, -- when it said goodbye
  PRIMARY KEY (site, station)
);

CREATE TABLE energy_tariff (
  site      TEXT NOT NULL,
  id        TEXT NOT NULL,
  from_utc  BIGINT NOT NULL,
  until_utc BIGINT NOT NULL,
  tariff    TEXT NOT NULL,
  PRIMARY KEY (site, id)
);

-- Slots that have to be looked at, and not before when.
CREATE TABLE energy_due (
  site     TEXT NOT NULL,
  slot_utc BIGINT NOT NULL,
  due_utc  BIGINT NOT NULL,
  PRIMARY KEY (site, slot_utc)
);
CREATE INDEX energy_due_by_time ON energy_due (due_utc, slot_utc);

-- `corrects` names the version that a credit note is for.
CREATE TABLE energy_version (
  site      TEXT NOT NULL,
  slot_utc  BIGINT NOT NULL,
  version   BIGINT NOT NULL,
  standing  TEXT NOT NULL CHECK (standing IN ('early', 'provisional', 'final')),
  estimated BIGINT NOT NULL CHECK (estimated IN (0, 1)),
  corrects  BIGINT,
  made_utc  BIGINT NOT NULL,
  PRIMARY KEY (site, slot_utc, version)
);

-- A version's differences to those before it: what holds is the sum of all. `n` counts a site's rows.
CREATE TABLE energy_use (
  site       TEXT NOT NULL,
  meter      TEXT NOT NULL,
  slot_utc   BIGINT NOT NULL,
  what       TEXT NOT NULL,
  under      TEXT NOT NULL, -- contract or lot
  version    BIGINT NOT NULL,
  energy_wh  BIGINT NOT NULL,
  n          BIGINT NOT NULL,
  billed_utc BIGINT, -- period of the run that it was in
  PRIMARY KEY (site, slot_utc, meter, what, under, version)
);
CREATE UNIQUE INDEX energy_use_by_number ON energy_use (site, n);
CREATE INDEX energy_use_unbilled ON energy_use (site, slot_utc) WHERE billed_utc IS NULL;

CREATE TABLE payment_run (
  site          TEXT NOT NULL,
  period_utc    BIGINT NOT NULL,
  until_utc     BIGINT NOT NULL,
  paid          BIGINT NOT NULL CHECK (paid IN (0, 1)),
  flushed       BIGINT NOT NULL CHECK (flushed IN (0, 1)),
  asset         TEXT NOT NULL,
  last_use      BIGINT NOT NULL, -- energy_use.n
  usage_wh      BIGINT NOT NULL,
  output_wh     BIGINT NOT NULL,
  asked         BIGINT NOT NULL,
  billed        BIGINT NOT NULL,
  grid_share    BIGINT NOT NULL,
  to_producers  BIGINT NOT NULL,
  refunded      BIGINT NOT NULL,
  bought_wh     BIGINT NOT NULL,
  sold_wh       BIGINT NOT NULL,
  received      BIGINT NOT NULL,
  returned      BIGINT NOT NULL,
  pool          BIGINT NOT NULL,
  grid_fraction BIGINT NOT NULL,
  PRIMARY KEY (site, period_utc)
);

-- What the newest run of a site carries.
CREATE TABLE energy_carried (
  site           TEXT NOT NULL,
  station        TEXT NOT NULL,
  wh             BIGINT NOT NULL,
  owed           BIGINT NOT NULL,
  output_debt_wh BIGINT NOT NULL,
  output_wh      BIGINT NOT NULL,
  supplier_milli BIGINT NOT NULL,
  PRIMARY KEY (site, station)
);

-- Payments of a run that are not known to be made.
CREATE TABLE planned_payment (
  site      TEXT NOT NULL,
  n         BIGINT NOT NULL,
  payer     TEXT NOT NULL,
  payee     TEXT NOT NULL,
  amount    BIGINT NOT NULL,
  code      TEXT NOT NULL,
  reference TEXT NOT NULL,
  PRIMARY KEY (site, n)
);
