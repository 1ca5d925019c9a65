// One gauge per phase of the transformer: load, base, booked and headroom against the limit, and the last minutes as a
// line.
import { clone, describeBar, fillBar, setText } from "./view.js";
import { amps, duration, unlimitedMa } from "./words.js";

const kHistoryMs = 10 * 60 * 1000; // of the site's time
const kHistorySamples = 1200;

/// What one phase of a node shows. Feed-in is undefined where it is not limited and nobody is booked for it.
export function phaseOf(node, i) {
  const now = {
    load: node.load_ma[i], limit: node.rating_ma[i], base: node.base_ma[i], headroom: node.headroom_ma[i],
    booked: node.booked_ma[i], feedLimit: node.feed_rating_ma?.[i], feedHeadroom: node.feed_headroom_ma?.[i],
    feedBooked: node.feed_booked_ma?.[i] ?? 0,
  };
  const back = now.feedLimit ?? unlimitedMa;
  now.over = Math.max(0, now.load - now.limit, -now.load - back);
  return now;
}

/// The ends of a bar that has room for all of it.
export function scaleOf({ load, limit, base, booked, feedLimit, feedBooked }) {
  const finite = (ma) => (ma === undefined || ma >= unlimitedMa ? 0 : ma);
  return {
    least: Math.min(0, load * 1.05, -finite(feedLimit) * 1.15, -feedBooked * 1.02),
    most: Math.max(finite(limit) * 1.15, load * 1.05, (Math.max(0, base) + booked) * 1.02, 1000),
  };
}

/// Where a bar has its limits and, if it has two sides, its zero. Nothing is marked where nothing limits.
export function limitMarks({ limit, feedLimit }, { least }) {
  const marks = {};
  if (limit < unlimitedMa) marks.limit = limit;
  if (feedLimit < unlimitedMa) marks["feed-limit"] = -feedLimit;
  if (least < 0) marks.zero = 0;
  return marks;
}

export const inLimit = (ma) => (ma >= unlimitedMa ? "no limit" : `${amps(ma)} A`);

export class PhaseGauge {
  constructor(name, where) {
    this.root = clone("phase-template");
    this.part = (selector) => this.root.querySelector(selector);
    this.label = `${where} ${name}`;
    this.samples = [];
    setText(this.part(".name"), name);
    this.part(".history").setAttribute("aria-label", `${this.label}: load of the last minutes`);
  }

  show(now) {
    const { load, limit, feedLimit } = now;
    this.root.classList.toggle("is-over", now.over > 0);
    const [value, most] = load < 0 ? [-load, feedLimit ?? unlimitedMa] : [load, limit];
    const percent = most > 0 && most < unlimitedMa ? ` · ${Math.round((100 * value) / most)} %` : "";
    setText(this.part(".load"), amps(value));
    setText(this.part(".of"), `${load < 0 ? "back, " : ""}of ${inLimit(most)}${percent}`);
    setText(this.part(".verdict"), this.verdict(now, most - value));
    setText(this.part(".base-a"), `${amps(now.base)} A`);
    setText(this.part(".booked-a"), `${amps(now.booked)} A`);
    setText(this.part(".headroom-a"), inLimit(now.headroom));
    this.part(".feed-facts").hidden = feedLimit === undefined;
    setText(this.part(".feed-limit-a"), inLimit(feedLimit ?? unlimitedMa));
    setText(this.part(".feed-booked-a"), `${amps(now.feedBooked)} A`);
    this.showBar(now, `${amps(value)} A ${load < 0 ? "flowing back " : ""}of ${inLimit(most)}${percent}`);
  }

  verdict({ over, load }, left) {
    if (over > 0) return `▲ Over the limit by ${amps(over)} A`;
    if (left > unlimitedMa / 2) return "Not limited";
    return `${amps(left)} A below the ${load < 0 ? "feed-in limit" : "limit"}`;
  }

  showBar(now, words) {
    const { load, limit, base, headroom, booked, feedLimit, feedBooked } = now;
    const scale = scaleOf(now);
    const low = Math.max(0, Math.min(base, load));
    const over = load < 0 ? [load, -(feedLimit ?? unlimitedMa)] : [limit, load];
    const spans = {
      base: [0, low], draw: [low, Math.min(load, limit)], feed: [load, 0], over,
      booked: [Math.max(0, base), Math.max(0, base) + booked], "feed-booked": [-feedBooked, 0],
    };
    const marks = { usable: Math.max(0, base + headroom), ...limitMarks(now, scale) };
    fillBar(this.part(".bar"), { spans, marks }, scale);
    describeBar(this.part(".bar"), `${this.label} load`, { value: load, words }, scale);
  }

  remember(at, { load, limit, base, over }) {
    const last = this.samples.at(-1);
    if (last && at < last.at) this.samples = []; // another controller's clock
    if (last && at - last.at < kHistoryMs / kHistorySamples) return;
    this.samples.push({ at, load, limit, base, over });
    while (this.samples[0].at < at - kHistoryMs) this.samples.shift();
  }

  drawHistory() {
    const samples = this.samples;
    const first = samples[0].at;
    const last = samples.at(-1).at;
    const width = Math.max(last - first, 60 * 1000);
    const top = 1.1 * Math.max(1000, ...samples.map((s) => Math.max(s.load, s.limit < unlimitedMa ? s.limit : 0)));
    const bottom = 1.1 * Math.min(0, ...samples.map((s) => s.load));
    const x = (s) => (300 - (300 * (last - s.at)) / width).toFixed(1);
    const y = (value) => (60 - (60 * (Math.max(bottom, value) - bottom)) / (top - bottom)).toFixed(1);
    const line = (value) => samples.map((s, i) => `${i ? "L" : "M"}${x(s)} ${y(value(s))}`).join("");
    const loadLine = line((s) => s.load);
    this.part(".load-line").setAttribute("d", loadLine);
    this.part(".area").setAttribute("d", `${loadLine}L300 ${y(0)}L${x(samples[0])} ${y(0)}Z`);
    this.part(".base-line").setAttribute("d", line((s) => s.base));
    this.part(".limit-line").setAttribute("d", line((s) => s.limit));
    this.part(".over-line").setAttribute("d", this.overSegments(x, y));
    setText(this.part(".since"), `${duration(width / 1000)} ago`);
  }

  overSegments(x, y) {
    let path = "";
    this.samples.forEach((s, i) => {
      const before = this.samples[i - 1];
      if (before && (s.over > 0 || before.over > 0)) path += `M${x(before)} ${y(before.load)}L${x(s)} ${y(s.load)}`;
    });
    return path;
  }
}
