// One card per device: what it wants, what it may, what it does, and why.
import { clone, CurrentBar, setBadge, setText } from "./view.js";
import { amps, kinds, phases, reasonInWords, states, vehicles } from "./words.js";

const kNone = [0, 0, 0];

/// What one phase of a device shows; feeding in is negative only in `measured`.
function phaseOf(device, i) {
  const of = (key) => (device[key] ?? kNone)[i];
  return {
    measured: device.measured_ma?.[i], limit: of("limit_ma"), envelope: of("envelope_ma"), ask: of("ask_ma"),
    feedLimit: of("limit_feed_ma"), feedEnvelope: of("envelope_feed_ma"), feedAsk: of("ask_feed_ma"),
  };
}

const isMore = (flow, limit) => flow > limit + Math.max(1000, limit / 20);

/// One number where all used phases agree, else the range; the bars show each phase.
function inAmps(currents, used) {
  if (currents === undefined) return "unknown";
  const values = used.map((i) => currents[i]);
  const [least, most] = [Math.min(...values, Infinity), Math.max(...values, -Infinity)].map((ma) => amps(ma));
  if (values.length === 0) return "0.0 A";
  return least === most ? `${most} A` : `${least}–${most} A`;
}

function badgeOf(device) {
  if (device.silent) return { text: "Silent", tone: "bad" };
  if (device.stuck) return { text: "Does not follow", tone: "bad" };
  return states[device.state] ?? { text: device.state, tone: "warn" };
}

export class DeviceCard {
  constructor(agent) {
    this.root = clone("device-template");
    this.part = (selector) => this.root.querySelector(selector);
    this.bars = phases.map((phase) => new CurrentBar(phase));
    this.part(".currents").append(...this.bars.map((bar) => bar.root));
    this.seen = new Set(); // phases this device has ever had to do with
    this.scale = { least: 0, most: 6000 };
    setText(this.part(".name"), agent);
  }

  show(device) {
    const rows = phases.map((_, i) => phaseOf(device, i));
    rows.forEach((row, i) => { if (Object.values(row).some((ma) => ma)) this.seen.add(i); });
    for (const { measured = 0, limit, envelope, ask, feedLimit, feedEnvelope, feedAsk } of rows) {
      this.scale.most = Math.max(this.scale.most, 1.05 * Math.max(measured, limit, envelope, ask));
      this.scale.least = Math.min(this.scale.least, 1.05 * Math.min(measured, -feedLimit, -feedEnvelope, -feedAsk));
    }
    this.bars.forEach((bar, i) => {
      bar.root.hidden = !this.seen.has(i);
      this.showBar(bar, rows[i], device.agent);
    });
    const used = phases.map((_, i) => i).filter((i) => this.seen.has(i));
    this.showNumbers(device, used);
    this.showFeed(device, used);
    this.showWords(device);
  }

  showBar(bar, { measured, limit, envelope, ask, feedLimit, feedEnvelope, feedAsk }, agent) {
    const flow = measured ?? 0;
    const spans = { envelope: [-feedEnvelope, envelope], draw: [0, flow], feed: [flow, 0] };
    const marks = { limit, ask };
    if (this.scale.least < 0) Object.assign(marks, { zero: 0, "feed-limit": -feedLimit, "feed-ask": -feedAsk });
    const known = measured === undefined ? "–" : amps(Math.abs(flow));
    const words = flow < 0 ? `feeds ${known} / ${amps(feedLimit)} A` : `${known} / ${amps(limit)} A`;
    const isOver = isMore(flow, limit) || isMore(-flow, feedLimit);
    bar.show({ spans, marks }, { value: flow, words, isOver, label: `${agent}, current against limit:` }, this.scale);
  }

  showNumbers(device, used) {
    setText(this.part(".ask-a"), inAmps(device.ask_ma, used));
    setText(this.part(".limit-a"), inAmps(device.limit_ma, used));
    setText(this.part(".draw-a"), inAmps(device.measured_ma?.map((ma) => Math.max(0, ma)), used));
    setText(this.part(".energy"), device.energy_wh === undefined ? "unknown" : `${(device.energy_wh / 1000).toFixed(2)} kWh`);
    const bound = device.binding ? `Bound by ${device.binding} · ` : "";
    setText(this.part(".booked-a"), `${bound}booked ${inAmps(device.envelope_ma, used)}`);
    setText(this.part(".vehicle"), device.vehicle ? ` · ${vehicles[device.vehicle] ?? device.vehicle}` : "");
  }

  showFeed(device, used) {
    this.part(".feed-facts").hidden = this.scale.least === 0;
    const of = (key) => inAmps(device[key] ?? kNone, used);
    const fed = inAmps(device.measured_ma?.map((ma) => Math.max(0, -ma)), used);
    setText(this.part(".feed-facts"), `Feed-in: asks for ${of("ask_feed_ma")} · limit ${of("limit_feed_ma")} · ` +
      `feeds ${fed} · booked ${of("envelope_feed_ma")}`);
  }

  showWords(device) {
    setText(this.part(".kind"), `${kinds[device.kind] ?? device.kind} · ${device.node}`);
    setBadge(this.part(".state"), badgeOf(device));
    setText(this.part(".reason"), reasonInWords(device.reason, device.binding));
    const trouble = [
      device.silent ? "No message from it: its share stays booked." : "",
      device.stuck ? "It does more than it may." : "",
      device.state === "failsafe" ? "No contact with the controller: it holds its failsafe limit." : "",
      device.fault,
    ].filter(Boolean).join(" ");
    this.part(".trouble").hidden = trouble === "";
    setText(this.part(".trouble"), trouble);
    this.root.classList.toggle("is-troubled", trouble !== "");
  }
}

export function summary(devices) {
  const bound = devices.filter((d) => !["unlimited", "not-asking"].includes(d.reason)).length;
  const some = (flows) => devices.filter((d) => (d.measured_ma ?? []).some(flows)).length;
  const feeding = some((ma) => ma < -500);
  const fed = feeding > 0 ? ` · ${feeding} feeding in` : "";
  return `${devices.length} enrolled · ${some((ma) => ma > 500)} drawing${fed} · ${bound} held back`;
}
