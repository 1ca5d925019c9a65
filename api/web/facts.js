// What stands around the grid: its meters with the doubts about them, and the limits that somebody outside has set.
import { clone, setBadge, setText } from "./view.js";
import { amps, duration, moment, phases, qualities, sentence, sources, unlimitedMa } from "./words.js";

const kFreshMs = 2000;

export class MeterRow {
  constructor(meter) {
    this.root = clone("meter-template");
    setText(this.root.querySelector(".name"), meter);
  }

  show({ meter, node, quality, doubt, age_ms: age }) {
    const part = (selector) => this.root.querySelector(selector);
    const words = qualities[quality] ?? { text: quality, tone: "warn", doubt: "" };
    setBadge(part(".quality"), words);
    setText(part(".place"), meter === node ? "" : `at ${node}`);
    setText(part(".doubt"), sentence(doubt || words.doubt));
    setText(part(".age"), age === undefined ? "" : age < kFreshMs ? "up to date" : `${duration(age / 1000)} old`);
  }
}

/// "12.0 A" where the phases agree, else each; empty where nothing is limited.
function most(currents) {
  const limited = currents.map((ma, i) => [phases[i], ma]).filter(([, ma]) => ma < unlimitedMa);
  if (limited.length === 0) return "";
  if (limited.length === phases.length && currents.every((ma) => ma === currents[0])) return `${amps(currents[0])} A`;
  return limited.map(([phase, ma]) => `${phase} ${amps(ma)} A`).join(", ");
}

function inWords({ node, max_ma: draw, max_feed_ma: feed }) {
  const [drawn, fed] = [most(draw), most(feed ?? [0, 0, 0])];
  const parts = [drawn && `at most ${drawn}`, fed && `feed-in at most ${fed}`].filter(Boolean);
  return `${node}: ${parts.join(", ") || "a limit on its phases together"}`;
}

function end({ source, until_ms: until }, now) {
  if (until !== undefined) return `until ${moment(until, now)}`;
  return source === "schedule" ? "while its hours last" : "until it is taken back";
}

export class OutsideRow {
  constructor() {
    this.root = clone("outside-template");
  }

  show(limit, now) {
    const text = sentence(sources[limit.source] ?? limit.source).replace(/\.$/, "");
    setBadge(this.root.querySelector(".source"), { text, tone: "quiet" });
    setText(this.root.querySelector(".most"), inWords(limit));
    setText(this.root.querySelector(".end"), end(limit, now));
  }
}
