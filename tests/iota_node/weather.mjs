// What goes wrong with a node, at random but the same for the same seed.

/// A small generator of 32 bits: mulberry32.
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}

/// One in so many; 0: never. Counts are of checkpoints.
const kFair = {
  lose_requests: 0,  // dropped before anything is done
  lose_answers: 0,  // done, and then the connection drops
  http_503: 0,
  transient: 0,  // JSON-RPC -32050
  stall: 0,  // an execution that locks its objects and does not come about
  fail: 0,  // an execution in vain
  delay_checkpoints: 0,  // executed so many checkpoints before it is in one
  lag: 0,  // answers are so many checkpoints old
  down: false,
  numbers: false,  // numbers in place of decimal texts
};

export class Weather {
  constructor(seed) {
    this.random = generator(seed);
    this.now = { ...kFair };
  }

  /// Gives what is wrong with them, or nothing.
  set(changes) {
    for (const [name, value] of Object.entries(changes)) {
      if (!Object.hasOwn(kFair, name)) return `${name} is none of ${Object.keys(kFair).join(", ")}`;
      const isOne = typeof kFair[name] === "boolean" ? typeof value === "boolean" :
        Number.isInteger(value) && value >= 0 && value <= 1_000_000;
      if (!isOne) return `${name}: ${JSON.stringify(value)} is no ${typeof kFair[name]} that is allowed`;
    }
    Object.assign(this.now, changes);
    return undefined;
  }

  strikes(name) {
    const oneIn = this.now[name];
    return oneIn > 0 && this.random() % oneIn === 0;
  }
}
