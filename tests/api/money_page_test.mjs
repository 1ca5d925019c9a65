// The page's money, without a browser: accounts of one site are never shown under another's name, and what is old says so.
// `node money_page_test.mjs FOLDER`: FOLDER holds the page's scripts and a package.json that calls them modules.
import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";

process.env.TZ = "Europe/Berlin"; // of the reader

class Element {
  constructor() {
    Object.assign(this, { textContent: "", hidden: false, children: [], parts: new Map(), classes: new Set() });
    this.classList = { toggle: (name, on) => (on ? this.classes.add(name) : this.classes.delete(name)) };
  }
  querySelector(selector) {
    if (!this.parts.has(selector)) this.parts.set(selector, new Element());
    return this.parts.get(selector);
  }
  replaceChildren(...children) { this.children = children; }
}

globalThis.document = { getElementById: () => ({ content: { firstElementChild: { cloneNode: () => new Element() } } }) };
globalThis.setInterval = () => {};
console.error = () => {};
let now = Date.parse("2026-01-01T12:00:00Z");
Date.now = () => now;

/// Requests in their order; each is answered when the test says so.
const requests = [];
globalThis.fetch = (url) => new Promise((answer) => requests.push({ url, answer }));
const settled = () => new Promise((done) => setImmediate(done));

/// Headers come at once, bodies when `body` is kept.
function answer(site, body = Promise.resolve(), status = 200) {
  const account = { owner: `owner at ${site}`, balance: "1000000", asset: "EUR", pending_out: "0" };
  for (const request of requests.splice(0)) {
    assert.ok(request.url.includes(site), request.url);
    request.answer({ ok: status === 200, status, json: () => body.then(() => ({ accounts: [account], runs, slots })) });
  }
}
let runs = [], slots = [];

const { Money } = await import(pathToFileURL(`${process.argv[2]}/money.js`));
const section = new Element();
const owners = () => section.querySelector(".accounts").children.map((row) => row.querySelector(".owner").textContent);
const age = () => section.querySelector(".money-age").textContent;

const money = new Money(section);
let bodyOfElm;
money.show("elm");
answer("elm", new Promise((come) => { bodyOfElm = come; }));
await settled();
money.show("oak");
assert.deepEqual(owners(), [], "nothing of elm is left");
assert.equal(section.hidden, true);
answer("oak");
await settled();
assert.deepEqual(owners(), ["owner at oak"]);
bodyOfElm();
await settled();
assert.deepEqual(owners(), ["owner at oak"], "elm's accounts come late and are not shown");

money.show("elm");
assert.deepEqual(owners(), [], "another site without being cleared in between");
assert.equal(section.querySelector(".money-words").textContent, "");
answer("elm");
await settled();
assert.deepEqual(owners(), ["owner at elm"]);
assert.equal(section.classes.has("is-stale"), false);
assert.ok(!age().includes("not answered"), age());

now += 60 * 1000;
money.ask();
answer("elm", Promise.resolve(), 503);
await settled();
assert.deepEqual(owners(), ["owner at elm"]);
assert.ok(section.classes.has("is-stale"), "a refresh that failed");
assert.match(age(), /^asked .* ago, not answered since$/);
money.ask();
answer("elm");
await settled();
assert.equal(section.classes.has("is-stale"), false, "and one that has not");

// A day of the street's own: what was billed in it and what devices were paid, nothing of the day before.
assert.equal(section.querySelector(".money-words").textContent, "No payment run yet.");
const run = (from, billed) =>
  ({ from, asset: "EUR", billed, supplier_received: "300000", grid_share: "10000", to_producers: "40000" });
runs = [run("2019-04-03T16:10:00Z", "50000"), run("2019-04-03T16:00:00Z", "0"), run("2019-04-01T16:00:00Z", "7000000")];
slots = [{ asset: "EUR", paid: "120000" }, { asset: "EUR", paid: "1" }, { asset: "IOTA", paid: "5" }];
money.ask();
answer("elm");
await settled();
const [asked] = requests;
assert.equal(asked.url, "/v1/sites/elm/flexibility?from=2019-04-02T22:00:00.000Z&to=2019-04-03T22:00:00.000Z");
answer("elm");
await settled();
const words = () => section.querySelector(".money-words").textContent;
assert.equal(words(), "3 April 2019: 0.65 EUR billed; 0.02 EUR of it to the grid, 0.08 EUR to producers. " +
  "0.120001 EUR paid to devices that were held back.");
now = Date.parse("2019-04-03T17:00:00Z");
money.ask();
answer("elm");
await settled();
answer("elm");
await settled();
assert.match(words(), /^Today: 0.65 EUR billed; /);
