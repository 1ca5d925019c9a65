// The grid as a tree: the transformer with a gauge for each phase, and below it one row of bars for each node.
import { inLimit, limitMarks, phaseOf, PhaseGauge, scaleOf } from "./gauges.js";
import { clone, CurrentBar, setBadge, setText } from "./view.js";
import { amps, phases, qualityOfNode, sources, unlimitedMa } from "./words.js";

const kOpenAtFirst = 12; // nodes; of more the branches begin closed

/// A node with its name, badges and what hangs below it; `showPhases` is its own.
class NodeView {
  constructor(template, node, depth) {
    this.root = clone(template);
    this.part = (selector) => this.root.querySelector(selector);
    this.depth = depth;
    this.below = this.part(".below");
    setText(this.part(".name"), node.node[0].toUpperCase() + node.node.slice(1));
    this.part(".name").setAttribute("aria-level", Math.min(6, depth + 2));
  }

  show(node, state) {
    setBadge(this.part(".quality"), qualityOfNode(node));
    const source = node.source === "capacity" ? "" : sources[node.source] ?? node.source;
    this.part(".source").hidden = source === "";
    setText(this.part(".source"), `Limit set by ${source}`);
    this.showPhases(node, state);
  }

  showBelow(isOpen) {
    const branches = this.part(".branches");
    const count = this.below.children.length;
    if (branches.hidden && count > 0) branches.open = isOpen;
    branches.hidden = count === 0;
    setText(this.part("summary"), `${count} ${count === 1 ? "place" : "places"} below`);
  }
}

class TopView extends NodeView {
  constructor(node) {
    super("node-template", node, 0);
    this.gauges = phases.map((phase) => new PhaseGauge(phase, node.node));
    this.part(".phases").append(...this.gauges.map((gauge) => gauge.root));
  }

  showPhases(node, { at_ms: at, rated_va: rated, temperatures }) {
    setText(this.part(".rated"), rated ? `${rated / 1000} kVA` : "");
    this.showTemperatures(temperatures);
    this.gauges.forEach((gauge, i) => {
      const now = phaseOf(node, i);
      gauge.show(now);
      gauge.remember(at, now);
      gauge.drawHistory();
    });
  }

  showTemperatures(temperatures) {
    this.part(".temperatures").hidden = temperatures === undefined;
    if (temperatures === undefined) return;
    const degrees = (mdeg) => `${(mdeg / 1000).toFixed(1)} °C`;
    setText(this.part(".hot-spot"), degrees(temperatures.hot_spot_mdeg));
    setText(this.part(".top-oil"), degrees(temperatures.top_oil_mdeg));
    setText(this.part(".ambient"), degrees(temperatures.ambient_mdeg));
    setText(this.part(".life"), `${Math.round(temperatures.life_used_ppm / 10_000)} % of a day's budget`);
  }
}

class BranchView extends NodeView {
  constructor(node, depth) {
    super("branch-template", node, depth);
    this.bars = phases.map((phase) => new CurrentBar(phase));
    this.part(".currents").append(...this.bars.map((bar) => bar.root));
  }

  showPhases(node) {
    this.bars.forEach((bar, i) => {
      const now = phaseOf(node, i);
      const { load, base, booked, feedBooked } = now;
      const known = node.metered ? load : 0;
      const low = node.metered ? Math.max(0, Math.min(base, load)) : Math.max(0, base);
      const spans = {
        base: [0, low], draw: [low, known], feed: [known, 0],
        envelope: [-feedBooked, Math.max(0, base) + booked],
      };
      const scale = scaleOf(now);
      const reading = { value: known, words: this.words(node, now), isOver: now.over > 0, label: `${node.node} load` };
      bar.show({ spans, marks: limitMarks(now, scale) }, reading, scale);
    });
    const range = (currents) => currents.map(amps).join(" / ");
    const feed = node.feed_booked_ma === undefined ? "" : ` · booked for feed-in ${range(node.feed_booked_ma)} A`;
    setText(this.part(".small"), `Base ${range(node.base_ma)} A · booked ${range(node.booked_ma)} A${feed}`);
  }

  words({ metered }, { load, limit, feedLimit }) {
    if (!metered) return `– / ${inLimit(limit)}`;
    return load < 0 ? `feeds ${amps(-load)} / ${inLimit(feedLimit ?? unlimitedMa)}` : `${amps(load)} / ${inLimit(limit)}`;
  }
}

/// All nodes of a site, each below its parent. A parent counts only when it has been named before.
export class Tree {
  constructor(root) {
    this.root = root;
    this.clear();
  }

  clear() {
    this.views = new Map();
    this.root.replaceChildren();
  }

  show(state) {
    const names = new Set(state.nodes.map(({ node }) => node));
    for (const [name, view] of this.views)
      if (!names.has(name)) { view.root.remove(); this.views.delete(name); }
    const placed = new Map();
    for (const node of state.nodes) {
      const parent = placed.get(node.parent);
      const isTop = parent === undefined;
      let view = this.views.get(node.node);
      if (view === undefined || view.depth !== (isTop ? 0 : parent.depth + 1)) {
        view?.root.remove();
        view = isTop ? new TopView(node) : new BranchView(node, parent.depth + 1);
        this.views.set(node.node, view);
      }
      const place = isTop ? this.root : parent.below;
      if (view.root.parentElement !== place) place.append(view.root);
      view.show(node, state);
      placed.set(node.node, view);
    }
    for (const view of this.views.values()) view.showBelow(state.nodes.length <= kOpenAtFirst);
  }
}

/// "transformer L2 by 12.3 A" for every row that is over its limit.
export function overloads(nodes) {
  return nodes.flatMap((node) =>
    phases.flatMap((phase, i) => {
      const { over, load } = phaseOf(node, i);
      return over > 0 ? [`${node.node} ${phase} by ${amps(over)} A${load < 0 ? " flowing back" : ""}`] : [];
    }));
}
