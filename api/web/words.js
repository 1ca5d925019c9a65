// Wire names in plain words. A name this page does not know is shown as it is.

export const phases = ["L1", "L2", "L3"];

/// A current this high on the wire means that nothing limits it.
export const unlimitedMa = 10_000_000;

export const kinds = {
  charger: "EV charger", "heat-pump": "Heat pump", boiler: "Boiler", battery: "Battery", relay: "Relay",
  "air-conditioner": "Air conditioner", inverter: "Inverter",
};

export const states = {
  starting: { text: "Starting", tone: "quiet" },
  following: { text: "Following", tone: "good" },
  failsafe: { text: "Failsafe", tone: "warn" },
  fault: { text: "Fault", tone: "bad" },
};

/// How far a meter is believed; `doubt` is said where the meter's own doubt is empty.
export const qualities = {
  good: { text: "Good", tone: "good", doubt: "" },
  late: { text: "Late", tone: "warn", doubt: "no sample for three seconds" },
  stale: { text: "Stale", tone: "bad", doubt: "no sample for ten seconds" },
  frozen: { text: "Frozen", tone: "bad", doubt: "nothing in it changes" },
  implausible: { text: "Not plausible", tone: "bad", doubt: "what it shows cannot be" },
  missing: { text: "Missing", tone: "bad", doubt: "has not been read yet" },
};

export const vehicles = {
  A: "no car", B: "car connected", C: "car charging", D: "car charging, ventilated", E: "charger without power",
  F: "charger error",
};

/// Why a device has the limit it has. `{row}` is the binding node and phase.
export const reasons = {
  unlimited: "Has all it asks for.",
  "not-asking": "Asks for nothing.",
  capacity: "Gets its fair share: {row} can carry no more.",
  waiting: "Waits for its turn: {row} cannot carry its minimum beside those that are on.",
  ramp: "On its way up, step by step.",
  handover: "Waits until another device has really come down.",
  reclaim: "Held near what it really draws, so that others can use the rest.",
  "stale-meter": "The meter cannot be trusted now, so nothing is raised.",
  overload: "Cut at once: {row} is over its limit.",
  restart: "The controller has just started: nobody rises until all are accounted for.",
  operator: "An operator limits {row}.",
  schedule: "The site's timetable limits {row} at this hour.",
  dso: "The grid operator limits {row}.",
  "hot-spot": "The transformer is warm: {row} carries what its heat allows.",
  neutral: "Held for the neutral conductor: {row}.",
  unbalance: "Held because the phases would be too unequal: {row}.",
  "low-voltage": "The voltage has been low for a while: {row} is relieved.",
  credit: "Who pays for it owes more than was agreed.",
};

/// Whose limit a node's rating is, where it is not its own name plate, fuse or cable.
export const sources = {
  operator: "an operator",
  schedule: "the site's timetable",
  dso: "the grid operator",
  "hot-spot": "the transformer's heat",
  neutral: "the neutral conductor",
  unbalance: "the unbalance of its phases",
  "low-voltage": "its low voltage",
};

export function reasonInWords(reason, where) {
  return (reasons[reason] ?? reason).replace("{row}", () => where || "the grid");
}

/// Badge of a node: of its own meter, or of what its base load rests on without one.
export function qualityOfNode({ quality, metered }) {
  const { text, tone } = qualities[quality] ?? { text: quality, tone: "warn" };
  const consequence = tone === "bad" ? ": nothing is raised" : "";
  if (metered) return { text: `Meter ${text.toLowerCase()}${consequence}`, tone };
  if (tone === "bad") return { text: `Not metered; meter above ${text.toLowerCase()}${consequence}`, tone };
  return { text: "Not metered", tone: "quiet" };
}

export const amps = (ma) => (ma / 1000).toFixed(1);
export const sentence = (text) => (text === "" ? "" : `${text[0].toUpperCase()}${text.slice(1)}.`);

/// 3 → "3 s", 130 → "2 min", 8000 → "2 h"
export function duration(seconds) {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}

/// The time alone on the site's own day, else with the date.
export function moment(ms, nowMs) {
  const [then, now] = [new Date(ms), new Date(nowMs)];
  const day = then.toDateString() === now.toDateString() ? {} : { day: "numeric", month: "short" };
  return then.toLocaleString([], { ...day, hour: "2-digit", minute: "2-digit" });
}
