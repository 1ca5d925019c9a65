// Today's curve: what the site's devices drew, quarter-hour by quarter-hour, and what happened today.
import { clone, setText } from "./view.js";
import { duration } from "./words.js";

const kEveryMs = 60 * 1000;
const kQuarterMs = 15 * 60 * 1000;
const kStaleMs = 45 * 60 * 1000; // quarter-hours are rolled up when their readings have come

const dayStart = (now) => new Date(now.getFullYear(), now.getMonth(), now.getDate());
const clock = (time) => new Date(time).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });

/// Kilowatts of all devices together, by the start of each quarter-hour.
function sums(series) {
  const all = new Map();
  for (const { points } of series)
    for (const { start, import_wh: wh, doubts } of points) {
      const at = Date.parse(start);
      const sum = all.get(at) ?? { at, kw: 0, doubtful: false };
      sum.kw += (wh * 4) / 1000;
      sum.doubtful ||= doubts.length > 0;
      all.set(at, sum);
    }
  return [...all.values()].sort((a, b) => a.at - b.at);
}

export class Today {
  constructor(section) {
    this.section = section;
    this.part = (selector) => section.querySelector(selector);
    this.clear();
    setInterval(() => this.ask(), kEveryMs);
  }

  clear() {
    this.site = null;
    this.asked = null;
    this.section.hidden = true;
    this.part(".events").replaceChildren();
  }

  show(site, agents) {
    const first = this.site !== site;
    Object.assign(this, { site, agents });
    if (first) this.ask();
  }

  async ask() {
    const { site, agents } = this;
    if (site === null) return;
    const from = dayStart(new Date());
    const span = `from=${from.toISOString()}&to=${new Date(+from + 24 * 3600 * 1000).toISOString()}`;
    const base = `/v1/sites/${site}`;
    try {
      const answers = await Promise.all([
        fetch(`${base}/events?from=${from.toISOString()}&limit=20`),
        ...agents.slice(0, 50).map((agent) => fetch(`${base}/devices/${agent}/series?resolution=quarter-hour&${span}`)),
      ]);
      if (this.site !== site) return;
      const [events, ...series] = await Promise.all(answers.filter(({ ok }) => ok).map((answer) => answer.json()));
      this.asked = Date.now();
      this.draw(sums(series.filter(({ points }) => points)), +from);
      this.showEvents(events?.events ?? []);
    } catch (error) {
      console.error(error);
    }
    this.showAge();
  }

  draw(points, from) {
    this.section.hidden = false;
    const top = 1.15 * Math.max(1, ...points.map(({ kw }) => kw));
    const x = (at) => ((900 * (at - from)) / (24 * 3600 * 1000)).toFixed(1);
    const y = (kw) => (160 - (150 * kw) / top).toFixed(1);
    const steps = points.map(({ at, kw }, i) => {
      const joins = i > 0 && points[i - 1].at === at - kQuarterMs;
      return `${joins ? "L" : "M"}${x(at)} ${y(kw)}L${x(at + kQuarterMs)} ${y(kw)}`;
    });
    this.part(".today-line").setAttribute("d", steps.join(""));
    const doubtful = points.filter((point) => point.doubtful);
    this.part(".today-doubt").setAttribute("d", doubtful.map(({ at }) => `M${x(at)} 160L${x(at + kQuarterMs)} 160`).join(""));
    this.newest = points.length ? points.at(-1).at + kQuarterMs : null;
    const now = points.at(-1);
    const most = points.reduce((best, point) => (best && best.kw >= point.kw ? best : point), null);
    setText(this.part(".today-words"), now
      ? `${now.kw.toFixed(1)} kW in the quarter-hour from ${clock(now.at)}; most today ${most.kw.toFixed(1)} kW at ${clock(most.at)}`
      : "No quarter-hour of today has been rolled up yet.");
  }

  showEvents(events) {
    this.part(".events").replaceChildren(...events.map(({ at, kind, subject, detail }) => {
      const row = clone("event-template");
      setText(row.querySelector(".at"), clock(at));
      setText(row.querySelector(".what"), [subject, kind.replaceAll("-", " "), detail].filter(Boolean).join(" · "));
      return row;
    }));
  }

  showAge() {
    const age = this.newest === null || this.newest === undefined ? null : Date.now() - this.newest;
    this.section.classList.toggle("is-stale", age === null || age > kStaleMs);
    setText(this.part(".today-age"), age === null ? "" : `until ${duration(Math.max(0, age) / 1000)} ago`);
  }
}
