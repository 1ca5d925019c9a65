-- What sites have told about themselves over time, beside readings. Times are Unix milliseconds UTC.

-- Numbers begin with the time of storing, so that they rise.
CREATE TABLE site_event (
  site    TEXT NOT NULL,
  id      BIGINT NOT NULL,
  at_utc  BIGINT NOT NULL,
  kind    TEXT NOT NULL,
  subject TEXT NOT NULL,
  detail  TEXT NOT NULL,
  PRIMARY KEY (site, id)
);
CREATE INDEX site_event_by_id ON site_event (id);

CREATE TABLE charging_session (
  site         TEXT NOT NULL,
  agent        TEXT NOT NULL,
  plugged_utc  BIGINT NOT NULL,
  departed_utc BIGINT,
  seen_utc     BIGINT NOT NULL,
  energy_wh    BIGINT NOT NULL,
  limited_s    BIGINT NOT NULL,
  reason       TEXT NOT NULL,
  PRIMARY KEY (site, agent, plugged_utc)
);
CREATE INDEX charging_session_by_time ON charging_session (site, plugged_utc);

CREATE TABLE site_day (
  site          TEXT NOT NULL,
  day_utc       BIGINT NOT NULL,
  heard_s       BIGINT NOT NULL,
  overload_s    BIGINT NOT NULL,
  limited_s     BIGINT NOT NULL,
  delivered_wh  BIGINT NOT NULL,
  curtailed_wh  BIGINT NOT NULL,
  life_used_ppm BIGINT NOT NULL,
  hot_spot_mdeg BIGINT NOT NULL,
  PRIMARY KEY (site, day_utc)
);
