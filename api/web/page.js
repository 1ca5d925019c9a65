// The page: listens to one site and shows the newest state; says so when there is no news.
import { DeviceCard, summary } from "./devices.js";
import { NodeView, overloads, setBadge, setText } from "./gauges.js";
import { duration } from "./words.js";

const kSilentAfterMs = 5000;
const byId = (id) => document.getElementById(id);

class Page {
  constructor() {
    this.stream = null;
    this.clear();
    byId("site").addEventListener("change", (event) => this.listen(event.target.value));
    setInterval(() => this.showNews(), 500);
  }

  clear() {
    this.newsAt = null;   // performance.now() when the site last spoke
    this.agedBy = null;   // the next state is this old already: it is the one the server had kept
    this.state = null;
    this.drawn = true;
    this.nodes = new Map();
    this.devices = new Map();
    byId("nodes").replaceChildren();
    document.querySelector("#devices .cards").replaceChildren();
    byId("devices").hidden = byId("alarms").hidden = true;
  }

  async start() {
    const answer = await fetch("/v1/sites");
    const { sites } = await answer.json();
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
    this.showEach(state.nodes, this.nodes, byId("nodes"), (node) => node.node, (name) => new NodeView(name),
                  (view, node, i) => view.show(node, state.at_ms, i === 0 ? state.rated_va : 0));
    this.showEach(state.devices, this.devices, document.querySelector("#devices .cards"), (device) => device.agent,
                  (agent) => new DeviceCard(agent), (card, device) => card.show(device));
    byId("devices").hidden = state.devices.length === 0;
    setText(byId("devices-summary"), summary(state.devices));
    this.showAlarms(state);
    const missed = state.missed_ticks > 0 ? ` · ${state.missed_ticks} ticks missed` : "";
    setText(byId("stamp"), `Site time ${new Date(state.at_ms).toLocaleString()}${missed} ·`);
    this.showNews();
  }

  /// One view per item, made once and kept; views whose item is gone go too.
  showEach(items, views, parent, keyOf, make, show) {
    const keys = new Set(items.map(keyOf));
    for (const [key, view] of views)
      if (!keys.has(key)) { view.root.remove(); views.delete(key); }
    items.forEach((item, i) => {
      const key = keyOf(item);
      if (!views.has(key)) {
        views.set(key, make(key));
        parent.append(views.get(key).root);
      }
      show(views.get(key), item, i);
    });
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
