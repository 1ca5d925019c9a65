// What all views are made of: templates, texts, badges and bars.
import { amps } from "./words.js";

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

/// One view per item, made once and kept; views whose item is gone go too.
export function showEach(items, views, place, keyOf, make, show) {
  const keys = new Set(items.map(keyOf));
  for (const [key, view] of views)
    if (!keys.has(key)) { view.root.remove(); views.delete(key); }
  items.forEach((item, i) => {
    const key = keyOf(item, i);
    if (!views.has(key)) {
      views.set(key, make(key));
      place.append(views.get(key).root);
    }
    show(views.get(key), item);
  });
}

/// Places the parts of a bar between `least` and `most`: spans have two ends, marks one place. A part that is in
/// neither is not shown.
export function fillBar(bar, { spans, marks }, { least, most }) {
  const percent = (value) => Math.min(100, Math.max(0, (100 * (value - least)) / (most - least)));
  for (const part of bar.children) {
    const [from, to] = spans[part.className] ?? [marks[part.className]];
    part.hidden = from === undefined || to <= from;
    if (part.hidden) continue;
    part.style.left = `${percent(from)}%`;
    if (to !== undefined) part.style.width = `${percent(to) - percent(from)}%`;
  }
}

export function describeBar(bar, label, { value, words }, { least, most }) {
  bar.setAttribute("aria-label", label);
  bar.setAttribute("aria-valuemin", amps(least));
  bar.setAttribute("aria-valuemax", amps(most));
  bar.setAttribute("aria-valuenow", amps(Math.min(most, Math.max(least, value))));
  bar.setAttribute("aria-valuetext", words);
}

/// A small bar with its phase before it and its value behind it.
export class CurrentBar {
  constructor(phase) {
    this.root = clone("current-template");
    this.phase = phase;
    setText(this.root.querySelector(".name"), phase);
  }

  show(parts, { value, words, isOver, label }, scale) {
    const bar = this.root.querySelector(".bar");
    this.root.classList.toggle("is-over", isOver);
    fillBar(bar, parts, scale);
    describeBar(bar, `${label} ${this.phase}`, { value, words }, scale);
    setText(this.root.querySelector(".value"), words);
  }
}
