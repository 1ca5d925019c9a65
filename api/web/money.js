// Money of the site: what today's payment runs have moved, and what each account holds.
import { clone, setText } from "./view.js";
import { duration } from "./words.js";

const kEveryMs = 60 * 1000;
const kStaleMs = 5 * 60 * 1000;
const kPlaces = { EUR: 6, IOTA: 9, ETH: 9, KWH: 3 };
const kShown = 12;

/// Base units of an asset as people read them, without losing one on the way: "12.34 EUR", "-0.000001 EUR".
export function money(units, asset) {
  const places = kPlaces[asset] ?? 0;
  const digits = String(units).replace("-", "").padStart(places + 1, "0");
  const fraction = digits.slice(digits.length - places).replace(/0+$/, "").padEnd(2, "0");
  return `${String(units).startsWith("-") ? "-" : ""}${digits.slice(0, digits.length - places)}.${fraction} ${asset}`;
}

const total = (runs, key) => runs.reduce((sum, run) => sum + BigInt(run[key]), 0n);

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
      const { accounts, runs } = await this.fetched(site);
      if (this.turn !== turn) return;
      this.asked = Date.now();
      this.failed = false;
      this.section.hidden = accounts.length === 0;
      this.draw(accounts, runs);
    } catch (error) {
      if (this.turn !== turn) return;
      this.failed = true;
      console.error(error);
    }
    this.showAge();
  }

  async fetched(site) {
    const answers = await Promise.all([
      fetch(`/v1/accounts?site=${site}&limit=${kShown}`), fetch(`/v1/sites/${site}/payment-runs?limit=144`)]);
    const refused = answers.find(({ ok }) => !ok);
    if (refused) throw new Error(`money is not told: status ${refused.status}`);
    const [{ accounts }, { runs }] = await Promise.all(answers.map((answer) => answer.json()));
    return { accounts, runs };
  }

  draw(accounts, runs) {
    const midnight = new Date().setHours(0, 0, 0, 0);
    const today = runs.filter(({ from }) => Date.parse(from) >= midnight);
    const asset = today[0]?.asset ?? accounts[0]?.asset ?? "EUR";
    const billed = total(today, "billed") + total(today, "supplier_received");
    setText(this.part(".money-words"), today.length === 0 ? "No payment run today yet."
      : `Today ${money(billed, asset)} billed; ${money(total(today, "grid_share"), asset)} of it to the grid, ` +
        `${money(total(today, "to_producers"), asset)} to producers.`);
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
