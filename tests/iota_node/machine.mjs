// Runs the commands of one transaction over coins that it takes out and puts back at the end.
import { bcs, fromBase64, hash, toHex, fromBase58 } from "./sdk.mjs";

const kMostU64 = 2n ** 64n - 1n;

export class Failure extends Error {}

/// As nodes name new objects: a hash of who makes it and how many it has made.
function newId(digest, count) {
  const number = Buffer.alloc(8);
  number.writeBigUInt64LE(BigInt(count));
  return "0x" + toHex(hash([0xf1], fromBase58(digest), number));
}

/// A coin while it is worked on: `owner` is undefined for a new one that nobody has yet.
export class Machine {
  constructor(transaction, gasCoin, inputCoins) {
    this.transaction = transaction;
    this.gasCoin = gasCoin;
    this.inputs = transaction.inputs.map((input) => input.Object === undefined ? undefined :
      inputCoins.get(input.Object.ImmOrOwnedObject.objectId));
    this.results = [];
    this.made = [];
    this.gone = new Set();
  }

  run() {
    for (const [at, { $kind, [$kind]: command }] of this.transaction.commands.entries()) {
      this.at = at;
      this.results.push(this[$kind](command));
    }
    for (const coin of this.made)
      if (coin.owner === undefined && !this.gone.has(coin))
        throw new Failure("UnusedValueWithoutDrop { result_idx: 0, secondary_idx: 0 }");
  }

  fail(why) {
    throw new Failure(`${why} in command ${this.at}`);
  }

  coin(argument) {
    const { $kind } = argument;
    const [command, place] = $kind === "NestedResult" ? argument.NestedResult : [argument.Result, 0];
    const coin = $kind === "GasCoin" ? this.gasCoin : $kind === "Input" ? this.inputs[argument.Input] :
      this.results[command]?.[place];
    if (coin === undefined || this.gone.has(coin)) this.fail("CommandArgumentError { arg_idx: 0, kind: InvalidValueUsage }");
    return coin;
  }

  pure(argument, type) {
    const bytes = this.transaction.inputs[argument.Input]?.Pure?.bytes;
    if (bytes === undefined) this.fail("CommandArgumentError { arg_idx: 1, kind: TypeMismatch }");
    const raw = fromBase64(bytes);
    if (raw.length !== type.serializedSize(type.parse(raw)))
      this.fail("CommandArgumentError { arg_idx: 1, kind: InvalidBCSBytes }");
    return type.parse(raw);
  }

  SplitCoins({ coin, amounts }) {
    const from = this.coin(coin);
    return amounts.map((amount) => {
      const nanos = BigInt(this.pure(amount, bcs.U64));
      if (nanos > from.nanos) this.fail("InsufficientCoinBalance");
      from.nanos -= nanos;
      const made = { id: newId(this.transaction.digest, this.made.length), nanos, owner: undefined };
      this.made.push(made);
      return made;
    });
  }

  MergeCoins({ destination, sources }) {
    const into = this.coin(destination);
    for (const source of sources) {
      const coin = this.coin(source);
      if (coin === this.gasCoin) this.fail("InvalidGasCoinUsage");
      if (coin === into) this.fail("CommandArgumentError { arg_idx: 1, kind: InvalidValueUsage }");
      if (into.nanos + coin.nanos > kMostU64) this.fail("MovePrimitiveRuntimeError");
      into.nanos += coin.nanos;
      this.gone.add(coin);
    }
    return [];
  }

  TransferObjects({ objects, address }) {
    const to = this.pure(address, bcs.Address);
    for (const object of objects) this.coin(object).owner = to;
    return [];
  }
}
