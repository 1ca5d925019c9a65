// What comes of a transaction: which coins there are afterwards, who has them, and what it cost.
import { Failure, Machine } from "./machine.mjs";
import { charged, computation, kCoinStorage } from "./gas.mjs";
import { bcs, fromBase58, hash, toBase58 } from "./sdk.mjs";
import { objectsOf } from "./transaction.mjs";

/// A coin as nodes lay it out, for its digest: type, version, contents, owner, what made it, and what it gives back.
export function digestOf({ id, version, nanos, owner, previous }) {
  return toBase58(hash("Object::", [0, 1], bcs.U64.serialize(version).toBytes(), [40], bcs.Address.serialize(id).toBytes(),
    bcs.U64.serialize(nanos).toBytes(), [0], bcs.Address.serialize(owner).toBytes(), [32], fromBase58(previous),
    bcs.U64.serialize(kCoinStorage).toBytes()));
}

/// Pays a trial that names no gas payment.
const richCoin = (owner) => ({ id: "0x" + "0".repeat(64), version: 0n, nanos: 10n ** 18n, owner, digest: "" });

/// All coins of the gas payment become the first one.
function smash(ledger, { gas }) {
  if (gas.payment.length === 0) return { coin: richCoin(gas.owner), before: [richCoin(gas.owner)] };
  const before = gas.payment.map((ref) => ledger.object(ref.objectId));
  const nanos = before.reduce((sum, coin) => sum + coin.nanos, 0n);
  return { coin: { id: before[0].id, nanos, owner: before[0].owner }, before };
}

function attempt(ledger, transaction, wouldFail) {
  const { coin, before } = smash(ledger, transaction);
  const inputs = objectsOf(transaction).map((ref) => ledger.object(ref.objectId));
  const working = new Map(inputs.map(({ id, nanos, owner }) => [id, { id, nanos, owner }]));
  const machine = new Machine(transaction, coin, working);
  const whole = coin.nanos;
  coin.nanos -= transaction.gas.budget;  // set aside while the commands run
  let error;
  try {
    if (wouldFail) throw new Failure("MoveAbort(MoveLocation { module: stand_in, function: 0 }, 1) in command 0");
    machine.run();
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    error = failure.message;
  }
  return { coin, before: [...before, ...inputs], inputs, working, machine, error, whole };
}

/// As if no command had run; the gas payment is one coin all the same.
function undo(run) {
  for (const coin of run.inputs) Object.assign(run.working.get(coin.id), coin);
  Object.assign(run.coin, { nanos: run.whole, owner: run.before[0]?.owner ?? run.coin.owner });
  run.machine.made = [];
  run.machine.gone = new Set();
}

function left(run) {
  const coins = [run.coin, ...run.working.values(), ...run.machine.made];
  return coins.filter((coin) => !run.machine.gone.has(coin));
}

function costOf(run, transaction) {
  return {
    computation: computation(transaction),
    storage: BigInt(left(run).length) * kCoinStorage,
    rebate: BigInt(run.before.length) * kCoinStorage,
  };
}

function charge(run, transaction) {
  const budget = transaction.gas.budget;
  let gas = costOf(run, transaction);
  const isTooLittle = budget <= gas.computation || charged(gas) > budget;
  if (run.error === undefined && !isTooLittle) {
    run.coin.nanos += budget - charged(gas);
    return gas;
  }
  run.error ??= "InsufficientGas";
  undo(run);
  gas = costOf(run, transaction);
  if (budget <= gas.computation) gas.computation = budget;
  run.coin.nanos -= charged(gas);
  return gas;
}

/// Later than every object that it has used.
const nextVersion = (before) => before.reduce((most, { version }) => version > most ? version : most, 0n) + 1n;

function changesOf(before, after) {
  const sums = new Map();
  const add = (owner, nanos) => sums.set(owner, (sums.get(owner) ?? 0n) + nanos);
  for (const { owner, nanos } of before) add(owner, -nanos);
  for (const { owner, nanos } of after) add(owner, nanos);
  return [...sums].filter(([, nanos]) => nanos !== 0n).map(([owner, nanos]) => ({ owner, nanos }));
}

/// Changes nothing: `ledger` is only asked for objects. `wouldFail`: it is to fail, whatever it says.
export function execute(ledger, transaction, wouldFail = false) {
  const run = attempt(ledger, transaction, wouldFail);
  const gas = charge(run, transaction);
  const version = nextVersion(run.before);
  const written = left(run).map(({ id, nanos, owner }) => {
    const coin = { id, version, nanos, owner, previous: transaction.digest };
    return { ...coin, digest: digestOf(coin) };
  });
  const kept = new Set(written.map(({ id }) => id));
  const existed = new Set([...run.before.map(({ id }) => id), run.coin.id]);
  return {
    digest: transaction.digest, sender: transaction.sender, error: run.error, gas, version, written,
    created: written.filter(({ id }) => !existed.has(id)),
    mutated: written.filter(({ id }) => existed.has(id)),
    deleted: run.before.filter(({ id }) => !kept.has(id)).map(({ id }) => ({ id, version })),
    before: run.before,
    gasCoin: written[0],
    changes: changesOf(run.before, written),
  };
}
