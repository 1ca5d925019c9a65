// One gauge per phase of a node: load, base, booked and headroom against the limit, and the last minutes as a line.
import { amps, duration, phases, qualities } from "./words.js";

const kHistoryMs = 10 * 60 * 1000; // of the site's time
const kHistorySamples = 1200;

export function clone(template) {
  return document.getElementById(template).content.firstElementChild.cloneNode(true);
}

export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function setBadge(element, { text, tone }) {
  setText(element, text);
  element.className = element.className.replace(/ ?\b(good|warn|bad|quiet)\b/g, "") + " " + tone;
}

/// Places a bar's part from `from` to `to` of `full`.
export function span(part, from, to, full) {
  const percent = (value) => Math.min(100, Math.max(0, (100 * value) / full));
  part.style.left = `${percent(from)}%`;
  part.style.width = `${Math.max(0, percent(to) - percent(from))}%`;
}

class PhaseGauge {
  constructor(name, where) {
    this.root = clone("phase-template");
    this.part = (selector) => this.root.querySelector(selector);
    this.label = `${where} ${name}`;
    this.samples = [];
    setText(this.part(".name"), name);
    this.part(".history").setAttribute("aria-label", `${this.label}: load of the last minutes`);
  }

  show(now) {
    const { load, limit, base, headroom, booked } = now;
    const over = load - limit;
    this.root.classList.toggle("is-over", over > 0);
    setText(this.part(".load"), amps(load));
    const percent = limit > 0 ? Math.round((100 * load) / limit) : 0;
    setText(this.part(".of"), `of ${amps(limit)} A · ${percent} %`);
    setText(this.part(".verdict"), over > 0 ? `▲ Over the limit by ${amps(over)} A` : `${amps(-over)} A below the limit`);
    setText(this.part(".base-a"), `${amps(base)} A`);
    setText(this.part(".booked-a"), `${amps(booked)} A`);
    setText(this.part(".headroom-a"), `${amps(headroom)} A`);
    this.showBar(now, percent);
  }

  showBar({ load, limit, base, headroom, booked }, percent) {
    const full = Math.max(limit * 1.15, load * 1.05, (Math.max(0, base) + booked) * 1.02, 1000);
    const low = Math.max(0, Math.min(base, load));
    span(this.part(".bar .base"), 0, low, full);
    span(this.part(".bar .draw"), low, Math.min(load, limit), full);
    span(this.part(".bar .booked"), Math.max(0, base), Math.max(0, base) + booked, full);
    span(this.part(".bar .over"), limit, Math.max(load, limit), full);
    this.part(".bar .usable").style.left = `${(100 * Math.max(0, base + headroom)) / full}%`;
    this.part(".bar .limit").style.left = `${(100 * limit) / full}%`;
    const bar = this.part(".bar");
    bar.setAttribute("aria-label", `${this.label} load`);
    bar.setAttribute("aria-valuemax", amps(full));
    bar.setAttribute("aria-valuenow", amps(Math.max(0, load)));
    bar.setAttribute("aria-valuetext", `${amps(load)} A of ${amps(limit)} A, ${percent} %`);
  }

  remember(at, { load, limit, base }) {
    const last = this.samples.at(-1);
    if (last && at < last.at) this.samples = []; // another controller's clock
    if (last && at - last.at < kHistoryMs / kHistorySamples) return;
    this.samples.push({ at, load, limit, base });
    while (this.samples[0].at < at - kHistoryMs) this.samples.shift();
  }

  drawHistory() {
    const samples = this.samples;
    const first = samples[0].at;
    const last = samples.at(-1).at;
    const width = Math.max(last - first, 60 * 1000);
    const top = 1.1 * Math.max(1000, ...samples.map((s) => Math.max(s.load, s.limit)));
    const x = (s) => (300 - (300 * (last - s.at)) / width).toFixed(1);
    const y = (value) => (60 - (60 * Math.max(0, value)) / top).toFixed(1);
    const line = (value) => samples.map((s, i) => `${i ? "L" : "M"}${x(s)} ${y(value(s))}`).join("");
    const loadLine = line((s) => s.load);
    this.part(".load-line").setAttribute("d", loadLine);
    this.part(".area").setAttribute("d", `${loadLine}L300 60L${x(samples[0])} 60Z`);
    this.part(".base-line").setAttribute("d", line((s) => s.base));
    this.part(".limit-line").setAttribute("d", line((s) => s.limit));
    this.part(".over-line").setAttribute("d", this.overSegments(x, y));
    setText(this.part(".since"), `${duration(width / 1000)} ago`);
  }

  overSegments(x, y) {
    let path = "";
    this.samples.forEach((s, i) => {
      const before = this.samples[i - 1];
      if (before && (s.load > s.limit || before.load > before.limit))
        path += `M${x(before)} ${y(before.load)}L${x(s)} ${y(s.load)}`;
    });
    return path;
  }
}

export class NodeView {
  constructor(name) {
    this.root = clone("node-template");
    setText(this.root.querySelector(".name"), name[0].toUpperCase() + name.slice(1));
    this.gauges = phases.map((phase) => new PhaseGauge(phase, name));
    this.root.querySelector(".phases").append(...this.gauges.map((gauge) => gauge.root));
  }

  show(node, at, ratedVa) {
    setText(this.root.querySelector(".rated"), ratedVa ? `${ratedVa / 1000} kVA` : "");
    setBadge(this.root.querySelector(".quality"), qualities[node.quality] ?? { text: node.quality, tone: "warn" });
    this.gauges.forEach((gauge, i) => {
      const now = {
        load: node.load_ma[i], limit: node.rating_ma[i], base: node.base_ma[i], headroom: node.headroom_ma[i],
        booked: node.booked_ma[i],
      };
      gauge.show(now);
      gauge.remember(at, now);
      gauge.drawHistory();
    });
  }
}

/// "transformer L2 by 12.3 A" for every row that is over its limit.
export function overloads(nodes) {
  return nodes.flatMap((node) =>
    phases.flatMap((phase, i) => {
      const over = node.load_ma[i] - node.rating_ma[i];
      return over > 0 ? [`${node.node} ${phase} by ${amps(over)} A`] : [];
    }));
}
