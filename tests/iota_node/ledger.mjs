// The chain itself: coins in all their versions, transactions, checkpoints and epochs, made out of events one by one. The
// same events in the same order make the same chain, so what happened is all that is kept.
import { digestOf, execute } from "./execute.mjs";
import { fromBase58, hash, toBase58, toHex } from "./sdk.mjs";
import { decode, objectsOf } from "./transaction.mjs";

const lockName = ({ objectId, version }) => `${objectId}:${version}`;

export class Ledger {
  constructor() {
    this.versions = new Map();  // of each object, oldest first; no owner: it is gone
    this.everOwned = new Map();  // ids by address
    this.transactions = new Map();
    this.inOrder = [];
    this.waiting = [];  // executed, and in no checkpoint yet
    this.checkpoints = [];
    this.locks = new Map();
    this.epoch = 0;
    this.epochStart = 0;
  }

  // ---- what happens to it ----

  apply(event) {
    this[event.event](event);
  }

  /// All the money there is belongs to `owner`.
  genesis({ seed, at, owner, nanos }) {
    this.seed = seed;
    this.epochStart = at;
    const digest = toBase58(hash(`genesis ${seed}`));
    const coin = { id: "0x" + toHex(hash(`coin ${seed}`)), version: 1n, nanos: BigInt(nanos), owner, previous: digest };
    coin.digest = digestOf(coin);
    this.take({ digest, sender: owner, error: undefined, written: [coin], created: [coin], mutated: [], deleted: [],
      before: [], gasCoin: coin, gas: { computation: 0n, storage: 0n, rebate: 0n }, changes: [] }, 0);
    this.checkpoint({ at });
    this.chain = toHex(fromBase58(this.checkpoints[0].digest)).slice(0, 8);
  }

  execute({ transaction, signatures, fails, delay }) {
    const decoded = decode(transaction);
    this.lock({ transaction });
    this.take({ ...execute(this, decoded, fails), input: decoded, signatures }, delay);
  }

  /// Its objects are taken, and nothing else has come of it yet.
  lock({ transaction }) {
    const decoded = decode(transaction);
    for (const ref of [...decoded.gas.payment, ...objectsOf(decoded)]) this.locks.set(lockName(ref), decoded.digest);
  }

  checkpoint({ at }) {
    const number = this.checkpoints.length;
    const due = this.waiting.filter((record) => record.due <= number);
    this.waiting = this.waiting.slice(due.length);
    this.seal(at, due, false);
  }

  /// The last checkpoint of an epoch holds all that was executed in it. What was only locked is forgotten.
  endEpoch({ at }) {
    this.seal(at, this.waiting, true);
    this.waiting = [];
    this.locks.clear();
    this.epoch += 1;
    this.epochStart = at;
  }

  take(effects, delay) {
    const number = this.checkpoints.length + delay;
    const due = Math.max(number, this.waiting.at(-1)?.due ?? 0);
    const record = { ...effects, epoch: this.epoch, due, at: this.inOrder.length };
    this.transactions.set(record.digest, record);
    this.inOrder.push(record);
    this.waiting.push(record);
    for (const coin of effects.written) this.write(coin, record);
    for (const { id, version } of effects.deleted) this.write({ id, version, owner: undefined }, record);
  }

  write(object, record) {
    if (!this.versions.has(object.id)) this.versions.set(object.id, []);
    this.versions.get(object.id).push({ ...object, record });
    if (object.owner === undefined) return;
    if (!this.everOwned.has(object.owner)) this.everOwned.set(object.owner, new Set());
    this.everOwned.get(object.owner).add(object.id);
  }

  seal(at, records, endsEpoch) {
    const before = this.checkpoints.at(-1);
    const number = this.checkpoints.length;
    const digests = records.map(({ digest }) => digest);
    const time = Math.max(at, before?.at ?? 0);
    const digest = toBase58(hash(`checkpoint ${this.seed} ${number} ${this.epoch} ${time}`, before?.digest ?? "",
      ...digests));
    const total = (before?.total ?? 0) + records.length;
    this.checkpoints.push({ number, digest, previous: before?.digest, epoch: this.epoch, at: time, digests, endsEpoch,
      total });
    for (const record of records) record.checkpoint = number;
  }

  // ---- as it is now ----

  object(id) {
    return this.versions.get(id)?.at(-1);
  }
  holder(ref) {
    return this.locks.get(lockName(ref));
  }

  /// As a node sees it that knows no more than `checkpoints` checkpoints; nothing: all that was executed.
  view(lag) {
    return new View(this, lag === 0 ? undefined : Math.max(0, this.checkpoints.length - 1 - lag));
  }
}

export class View {
  constructor(ledger, last) {
    this.ledger = ledger;
    this.last = last;
  }

  sees({ checkpoint }) {
    return this.last === undefined || (checkpoint !== undefined && checkpoint <= this.last);
  }
  get latest() {
    return this.ledger.checkpoints[this.last ?? this.ledger.checkpoints.length - 1];
  }
  get epoch() {
    if (this.last === undefined) return this.ledger.epoch;
    return this.latest.epoch + (this.latest.endsEpoch ? 1 : 0);
  }
  get epochStart() {
    if (this.epoch === this.ledger.epoch) return this.ledger.epochStart;
    return this.ledger.checkpoints.find(({ epoch }) => epoch === this.epoch).at;
  }
  checkpoint(number) {
    return number <= this.latest.number ? this.ledger.checkpoints[number] : undefined;
  }
  transaction(digest) {
    const record = this.ledger.transactions.get(digest);
    return record !== undefined && this.sees(record) ? record : undefined;
  }
  object(id) {
    return this.ledger.versions.get(id)?.findLast((version) => this.sees(version.record));
  }
  /// Those that `owner` has, by id.
  coins(owner) {
    const ids = [...(this.ledger.everOwned.get(owner) ?? [])].sort();
    return ids.map((id) => this.object(id)).filter((object) => object?.owner === owner);
  }
  history() {
    return this.ledger.inOrder.filter((record) => this.sees(record));
  }
}
