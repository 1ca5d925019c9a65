// Wire names in plain words. A name this page does not know is shown as it is.

export const phases = ["L1", "L2", "L3"];

export const kinds = {
  charger: "EV charger", "heat-pump": "Heat pump", boiler: "Boiler", battery: "Battery", relay: "Relay",
};

export const states = {
  starting: { text: "Starting", tone: "quiet" },
  following: { text: "Following", tone: "good" },
  failsafe: { text: "Failsafe", tone: "warn" },
  fault: { text: "Fault", tone: "bad" },
};

export const qualities = {
  good: { text: "Meter good", tone: "good" },
  late: { text: "Meter late", tone: "warn" },
  stale: { text: "Meter stale: nothing is raised", tone: "bad" },
  frozen: { text: "Meter frozen: nothing is raised", tone: "bad" },
  implausible: { text: "Meter not plausible: nothing is raised", tone: "bad" },
  missing: { text: "No meter: nothing is raised", tone: "bad" },
};

export const vehicles = {
  A: "no car", B: "car connected", C: "car charging", D: "car charging, ventilated", E: "charger without power",
  F: "charger error",
};

/// Why a device has the limit it has. `where` is the binding node and phase, empty where nothing binds.
export function reasonInWords(reason, where) {
  const row = where || "the grid";
  const words = {
    unlimited: "Has all it asks for.",
    "not-asking": "Asks for nothing.",
    capacity: `Gets its fair share: ${row} can carry no more.`,
    waiting: `Waits for its turn: ${row} cannot carry its minimum beside those that are on.`,
    ramp: "On its way up, step by step.",
    handover: "Waits until another device has really come down.",
    reclaim: "Held near what it really draws, so that others can use the rest.",
    "stale-meter": "The meter cannot be trusted now, so nothing is raised.",
    overload: `Cut at once: ${row} is over its limit.`,
    restart: "The controller has just started: nobody rises until all are accounted for.",
    operator: "Set by an operator.",
  };
  return words[reason] ?? reason;
}

export const amps = (ma) => (ma / 1000).toFixed(1);

/// 3 → "3 s", 130 → "2 min", 8000 → "2 h"
export function duration(seconds) {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}
