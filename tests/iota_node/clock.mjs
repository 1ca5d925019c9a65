// The chain's time: the machine's, faster, or only what it is told.
import { readFileSync } from "node:fs";

const kMostSpeed = 30;

const uptimeMs = () => Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]) * 1000;

export class RealClock {
  now() { return Date.now(); }
}

/// SPEED:UTC0_MS:BOOT0_MS, as the demo's programs take it: all of them have the same time.
export class ScaledClock {
  constructor(text) {
    const numbers = text.split(":").map(Number);
    if (numbers.length !== 3 || !numbers.every(Number.isInteger) || numbers[0] < 1 || numbers[0] > kMostSpeed)
      throw new Error(`'${text}' is not SPEED:UTC0_MS:BOOT0_MS`);
    [this.speed, this.utc0] = numbers;
    this.start = performance.now() - (uptimeMs() - numbers[2]);
  }
  now() { return Math.floor(this.utc0 + (performance.now() - this.start) * this.speed); }
}

export class ManualClock {
  constructor(now) { this.time = now; }
  now() { return this.time; }
  set(now) { this.time = Math.max(this.time, now); }
}
