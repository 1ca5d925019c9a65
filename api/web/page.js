// The page: listens to one site and shows the newest state; says so when there is no news.
import { allowed, signOut } from "./access.js";
import { DeviceCard, summary } from "./devices.js";
import { MeterRow, OutsideRow } from "./facts.js";
import { Money } from "./money.js";
import { overloads, Tree } from "./nodes.js";
import { Today } from "./today.js";
import { setBadge, setText, showEach } from "./view.js";
import { duration } from "./words.js";

const kSilentAfterMs = 5000;
const byId = (id) => document.getElementById(id);

/// A section with one view per item, hidden while there is none.
class List {
  constructor(id, keyOf, View) {
    Object.assign(this, { section: byId(id), keyOf, View });
    this.place = this.section.querySelector(".each");
    this.clear();
  }

  clear() {
    this.views = new Map();
    this.place.replaceChildren();
    this.section.hidden = true;
  }

  show(items, now) {
    this.section.hidden = items.length === 0;
    showEach(items, this.views, this.place, this.keyOf, (key) => new this.View(key), (view, item) => view.show(item, now));
  }
}

class Page {
  constructor() {
    this.stream = null;
    this.tree = new Tree(byId("nodes"));
    this.outside = new List("outside", (_, i) => i, OutsideRow);
    this.meters = new List("meters", ({ meter }) => meter, MeterRow);
    this.devices = new List("devices", ({ agent }) => agent, DeviceCard);
    this.today = new Today(byId("today"));
    this.money = new Money(byId("money"));
    byId("sign-out").addEventListener("click", signOut);
    this.clear();
    byId("site").addEventListener("change", (event) => this.listen(event.target.value));
    setInterval(() => this.showNews(), 500);
  }

  clear() {
    this.newsAt = null;   // performance.now() when the site last spoke
    this.agedBy = null;   // the next state is this old already: it is the one the server had kept
    this.state = null;
    this.drawn = true;
    for (const part of [this.tree, this.outside, this.meters, this.devices, this.today, this.money]) part.clear();
    byId("alarms").hidden = true;
  }

  async start() {
    const answer = await allowed(byId("sign-in"));
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    const { sites } = await answer.json();
    if (sites.length === 0) return setBadge(byId("news"), { text: "No site is enrolled yet", tone: "warn" });
    byId("site").replaceChildren(...sites.map(({ id }) => new Option(id, id)));
    const wanted = new URLSearchParams(location.search).get("site");
    const site = sites.some(({ id }) => id === wanted) ? wanted : sites[0].id;
    byId("site").value = site;
    this.listen(site);
  }

  listen(site) {
    this.stream?.close();
    this.clear();
    this.stream = new EventSource(`/v1/sites/${site}/live`);
    this.stream.addEventListener("age", (event) => {
      this.agedBy = JSON.parse(event.data).silent_ms;
      this.showNews();
    });
    this.stream.addEventListener("state", (event) => this.take(JSON.parse(event.data)));
    this.stream.addEventListener("event", () => this.today.ask());
    this.stream.addEventListener("error", () => this.showNews());
  }

  take(state) {
    this.newsAt = performance.now() - (this.agedBy ?? 0);
    this.agedBy = null;
    this.state = state;
    if (!this.drawn) return;
    this.drawn = false;
    requestAnimationFrame(() => { this.drawn = true; this.draw(); });
  }

  draw() {
    const { state } = this;
    if (state === null) return;
    this.tree.show(state);
    this.outside.show(state.outside, state.at_ms);
    this.meters.show(state.meters);
    this.devices.show(state.devices);
    this.today.show(state.site, state.devices.map(({ agent }) => agent));
    this.money.show(state.site);
    setText(byId("devices-summary"), summary(state.devices));
    const feeds = state.nodes.some((node) => node.feed_booked_ma || node.load_ma.some((ma) => ma < 0));
    document.body.classList.toggle("has-feed", feeds);
    this.showAlarms(state);
    const missed = state.missed_ticks > 0 ? ` · ${state.missed_ticks} ticks missed` : "";
    setText(byId("stamp"), `Site time ${new Date(state.at_ms).toLocaleString()}${missed} ·`);
    this.showNews();
  }

  showAlarms({ alarms, nodes }) {
    const over = overloads(nodes);
    const banner = byId("banner");
    banner.hidden = over.length === 0;
    setText(banner, over.length ? `▲ Over the limit: ${over.join(", ")}` : "");
    document.title = over.length ? "▲ over the limit · Balans" : "Balans";
    const list = document.querySelector("#alarms .alarms");
    byId("alarms").hidden = false;
    const texts = alarms.length ? alarms : ["None."];
    if (list.dataset.texts === JSON.stringify(texts)) return;
    list.dataset.texts = JSON.stringify(texts);
    list.classList.toggle("none", alarms.length === 0);
    list.replaceChildren(...texts.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
  }

  showNews() {
    const broken = this.stream !== null && this.stream.readyState !== EventSource.OPEN;
    const silent = this.newsAt === null ? null : performance.now() - this.newsAt;
    const old = silent !== null && silent > kSilentAfterMs;
    document.body.classList.toggle("is-old", old);
    const ago = silent === null ? "" : `no news for ${duration(silent / 1000)}`;
    if (broken) setBadge(byId("news"), { text: ago ? `Connection lost: ${ago}` : "Connecting…", tone: ago ? "bad" : "quiet" });
    else if (silent === null) setBadge(byId("news"), { text: "The site has not spoken yet", tone: "warn" });
    else if (old) setBadge(byId("news"), { text: ago[0].toUpperCase() + ago.slice(1), tone: "bad" });
    else setBadge(byId("news"), { text: "Live", tone: "good" });
    byId("empty").hidden = silent !== null;
    setText(byId("empty"), "Waiting for the first message of the site's controller.");
  }
}

new Page().start().catch((error) => {
  setBadge(byId("news"), { text: "The server does not answer", tone: "bad" });
  console.error(error);
});
