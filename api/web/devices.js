// One card per device: what it wants, what it may, what it does, and why.
import { clone, setBadge, setText, span } from "./gauges.js";
import { amps, kinds, phases, reasonInWords, states, vehicles } from "./words.js";

class CurrentBar {
  constructor(phase) {
    this.root = clone("current-template");
    this.part = (selector) => this.root.querySelector(selector);
    this.phase = phase;
    setText(this.part(".name"), phase);
  }

  show({ measured, limit, envelope, ask }, full, agent) {
    const draw = Math.max(0, measured ?? 0);
    this.root.classList.toggle("is-over", draw > limit + Math.max(1000, limit / 20));
    span(this.part(".envelope"), 0, envelope, full);
    span(this.part(".draw"), 0, draw, full);
    this.part(".limit").style.left = `${(100 * limit) / full}%`;
    this.part(".ask").style.left = `${(100 * ask) / full}%`;
    const words = `${measured === undefined ? "–" : amps(measured)} / ${amps(limit)} A`;
    setText(this.part(".value"), words);
    const bar = this.part(".bar");
    bar.setAttribute("aria-label", `${agent} ${this.phase}: draw against limit`);
    bar.setAttribute("aria-valuemax", amps(full));
    bar.setAttribute("aria-valuenow", amps(draw));
    bar.setAttribute("aria-valuetext", words);
  }
}

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
    this.full = 6000;
    setText(this.part(".name"), agent);
  }

  show(device) {
    const currents = [device.ask_ma, device.limit_ma, device.envelope_ma, device.measured_ma ?? [0, 0, 0]];
    phases.forEach((_, i) => { if (currents.some((each) => each[i] !== 0)) this.seen.add(i); });
    const used = phases.map((_, i) => i).filter((i) => this.seen.has(i));
    this.full = Math.max(this.full, ...currents.flat().map((ma) => ma * 1.05));
    this.bars.forEach((bar, i) => {
      bar.root.hidden = !this.seen.has(i);
      bar.show({ measured: device.measured_ma?.[i], limit: device.limit_ma[i], envelope: device.envelope_ma[i],
                 ask: device.ask_ma[i] }, this.full, device.agent);
    });
    this.showWords(device, used);
  }

  showWords(device, used) {
    setText(this.part(".kind"), kinds[device.kind] ?? device.kind);
    setBadge(this.part(".state"), badgeOf(device));
    setText(this.part(".reason"), reasonInWords(device.reason, device.binding));
    const trouble = [
      device.silent ? "No message from it: its share stays booked." : "",
      device.stuck ? "It draws more than it may." : "",
      device.state === "failsafe" ? "No contact with the controller: it holds its failsafe limit." : "",
      device.fault,
    ].filter(Boolean).join(" ");
    this.part(".trouble").hidden = trouble === "";
    setText(this.part(".trouble"), trouble);
    this.root.classList.toggle("is-troubled", trouble !== "");
    setText(this.part(".ask-a"), inAmps(device.ask_ma, used));
    setText(this.part(".limit-a"), inAmps(device.limit_ma, used));
    setText(this.part(".draw-a"), inAmps(device.measured_ma, used));
    setText(this.part(".energy"), device.energy_wh === undefined ? "unknown" : `${(device.energy_wh / 1000).toFixed(2)} kWh`);
    const bound = device.binding ? `Bound by ${device.binding} · ` : "";
    setText(this.part(".booked-a"), `${bound}booked ${inAmps(device.envelope_ma, used)}`);
    setText(this.part(".vehicle"), device.vehicle ? ` · ${vehicles[device.vehicle] ?? device.vehicle}` : "");
  }
}

export function summary(devices) {
  const bound = devices.filter((d) => !["unlimited", "not-asking"].includes(d.reason)).length;
  const drawing = devices.filter((d) => (d.measured_ma ?? []).some((ma) => ma > 500)).length;
  return `${devices.length} enrolled · ${drawing} drawing · ${bound} held back`;
}
