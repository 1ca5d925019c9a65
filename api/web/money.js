// Money of the site: what the payment runs of a day have moved, what devices were paid in it, what each account holds.
import { clone, setText } from "./view.js";
import { duration } from "./words.js";

const kEveryMs = 60 * 1000;
const kStaleMs = 5 * 60 * 1000;
const kPlaces = { EUR: 6, IOTA: 9, ETH: 9, KWH: 3 };
const kShown = 30;

/// Base units of an asset as people read them, without losing one on the way: "12.34 EUR", "-0.000001 EUR".
export function money(units, asset) {
  const places = kPlaces[asset] ?? 0;
  const digits = String(units).replace("-", "").padStart(places + 1, "0");
  const fraction = digits.slice(digits.length - places).replace(/0+$/, "").padEnd(2, "0");
  return `${String(units).startsWith("-") ? "-" : ""}${digits.slice(0, digits.length - places)}.${fraction} ${asset}`;
}

const midnight = (time) => new Date(time).setHours(0, 0, 0, 0);

/// Of the newest run: a simulated street has a year of its own.
const dayOf = (runs) => (runs.length === 0 ? null : midnight(Math.max(...runs.map(({ from }) => Date.parse(from)))));

const dayInWords = (day) => (day === midnight(Date.now()) ? "Today"
  : new Date(day).toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" }));

const total = (runs, key) => runs.reduce((sum, run) => sum + BigInt(run[key]), 0n);

async function told(paths) {
  const answers = await Promise.all(paths.map((path) => fetch(path)));
  const refused = answers.find(({ ok }) => !ok);
  if (refused) throw new Error(`money is not told: status ${refused.status}`);
  return Promise.all(answers.map((answer) => answer.json()));
}

export class Money {
  constructor(section) {
    this.section = section;
    this.part = (selector) => section.querySelector(selector);
    this.clear();
    setInterval(() => this.ask(), kEveryMs);
  }

  clear() {
    this.site = null;
    this.asked = null;
    this.failed = false;
    this.turn = (this.turn ?? 0) + 1; // what was asked before is answered to nobody
    this.section.hidden = true;
    setText(this.part(".money-words"), "");
    this.part(".accounts").replaceChildren();
  }

  show(site) {
    if (this.site === site) return this.showAge();
    this.clear();
    this.site = site;
    this.ask();
  }

  async ask() {
    const { site } = this;
    if (site === null) return;
    const turn = ++this.turn;
    try {
      const { accounts, runs, slots } = await this.fetched(site);
      if (this.turn !== turn) return;
      this.asked = Date.now();
      this.failed = false;
      this.section.hidden = accounts.length === 0;
      this.draw(accounts, runs, slots);
    } catch (error) {
      if (this.turn !== turn) return;
      this.failed = true;
      console.error(error);
    }
    this.showAge();
  }

  async fetched(site) {
    const [{ accounts }, { runs }] = await told([
      `/v1/accounts?site=${site}&limit=${kShown}`, `/v1/sites/${site}/payment-runs?limit=144`]);
    const day = dayOf(runs);
    if (day === null) return { accounts, runs, slots: [] };
    const time = (at) => new Date(at).toISOString();
    const [{ slots }] = await told([
      `/v1/sites/${site}/flexibility?from=${time(day)}&to=${time(new Date(day).setHours(24))}`]);
    return { accounts, runs, slots };
  }

  draw(accounts, runs, slots) {
    const day = dayOf(runs);
    const ofDay = runs.filter(({ from }) => Date.parse(from) >= day);
    const asset = ofDay[0]?.asset ?? "EUR";
    const billed = total(ofDay, "billed") + total(ofDay, "supplier_received");
    const earned = total(slots.filter((slot) => slot.asset === asset), "paid");
    setText(this.part(".money-words"), day === null ? "No payment run yet."
      : `${dayInWords(day)}: ${money(billed, asset)} billed; ` +
        `${money(total(ofDay, "grid_share"), asset)} of it to the grid, ` +
        `${money(total(ofDay, "to_producers"), asset)} to producers. ` +
        `${money(earned, asset)} paid to devices that were held back.`);
    this.part(".accounts").replaceChildren(...accounts.map((account) => {
      const row = clone("account-template");
      setText(row.querySelector(".owner"), account.owner);
      setText(row.querySelector(".balance"), money(account.balance, account.asset));
      const pending = account.pending_out === "0" ? "" : `${money(account.pending_out, account.asset)} set aside`;
      setText(row.querySelector(".pending"), pending);
      return row;
    }));
  }

  showAge() {
    const age = this.asked === null ? null : Date.now() - this.asked;
    this.section.classList.toggle("is-stale", age === null || this.failed || age > kStaleMs);
    const since = this.failed ? ", not answered since" : "";
    setText(this.part(".money-age"), age === null ? "" : `asked ${duration(age / 1000)} ago${since}`);
  }
}
