// Whether validators would sign a transaction. What is refused here locks nothing and costs nothing.
import { kLeastUnits, kMostBudget, kMostPrice, kReferencePrice } from "./gas.mjs";
import { notAvailable, notFound, reserved, wrongInput } from "./refusal.mjs";
import { fromBase64 } from "./sdk.mjs";
import { objectsOf } from "./transaction.mjs";

const kMostPayment = 256;
const kMostInputs = 2048;
const kMostCommands = 1024;
const kMostArguments = 512;
const kMostPureBytes = 16 * 1024;

function checkSizes({ gas, inputs, commands }) {
  const within = (what, count, most) => {
    if (count > most) throw wrongInput(`Size limit exceeded: ${what} exceeded maximum of ${most}`);
  };
  within("maximum number of gas payment objects", gas.payment.length, kMostPayment);
  within("maximum number of inputs", inputs.length, kMostInputs);
  within("maximum commands in a programmable transaction", commands.length, kMostCommands);
  for (const input of inputs)
    if (input.Pure !== undefined) within("maximum pure argument size", fromBase64(input.Pure.bytes).length, kMostPureBytes);
  for (const { $kind, [$kind]: command } of commands) {
    const list = command.objects ?? command.amounts ?? command.sources;
    within("maximum arguments in a single command", list.length, kMostArguments);
    if ($kind !== "SplitCoins" && list.length === 0) throw wrongInput("TransferObjects, MergeCoin, and Publish cannot " +
      "have empty arguments. If MakeMoveVec has empty arguments, it must have a type specified.");
  }
}

function checkPrice({ price, budget }) {
  if (price < kReferencePrice)
    throw wrongInput(`Gas price ${price} under reference gas price (RGP) ${kReferencePrice}`);
  if (price >= kMostPrice) throw wrongInput(`Gas price cannot exceed ${kMostPrice} nanos`);
  if (budget > kMostBudget) throw wrongInput(`Gas budget: ${budget} is higher than max: ${kMostBudget}`);
  const least = kLeastUnits * price;
  if (budget < least) throw wrongInput(`Gas budget: ${budget} is lower than min: ${least}`);
}

/// The object as it is now, where it is what the transaction says it is.
function usable(ledger, ref, owner) {
  const object = ledger.object(ref.objectId);
  if (object === undefined) throw notFound(ref.objectId);
  if (object.version !== ref.version) throw notAvailable(ref, object.version);
  if (object.owner === undefined) throw notAvailable(ref, object.version);
  if (object.digest !== ref.digest)
    throw wrongInput(`Invalid Object digest for object ${ref.objectId}, expected digest: ${object.digest}`);
  if (object.owner !== owner)
    throw wrongInput(`Transaction was not signed by the correct sender: Object ${ref.objectId} is owned by account ` +
      `address ${object.owner}, but given owner/signer address is ${owner}`);
  return object;
}

function checkOnce(refs) {
  const seen = new Set();
  for (const { objectId } of refs) {
    if (seen.has(objectId)) throw wrongInput(`Mutable object ${objectId} cannot appear more than one in one transaction`);
    seen.add(objectId);
  }
}

/// Asked by validators alone: a trial does not know of them.
export function checkLocks(ledger, { digest, gas, ...rest }) {
  const holders = new Map();
  for (const ref of [...gas.payment, ...objectsOf(rest)]) {
    const holder = ledger.holder(ref);
    if (holder !== undefined && holder !== digest) holders.set(holder, [...(holders.get(holder) ?? []), ref]);
  }
  for (const [holder, held] of holders) throw reserved(holder, held);
}

/// All that can be said without knowing who has what.
export function checkForm(transaction, epoch) {
  checkSizes(transaction);
  checkPrice(transaction.gas);
  if (transaction.lastEpoch !== undefined && transaction.lastEpoch < epoch) throw wrongInput("Transaction Expired");
}

/// Each is there, its owner's, and enough. The gas payment may be none for a trial: it needs no money.
export function checkObjects(ledger, transaction) {
  const { gas, sender } = transaction;
  const objects = objectsOf(transaction);
  checkOnce([...gas.payment, ...objects]);
  for (const ref of objects) usable(ledger, ref, sender);
  const paying = gas.payment.map((ref) => usable(ledger, ref, gas.owner));
  const balance = paying.reduce((sum, coin) => sum + coin.nanos, 0n);
  if (balance < gas.budget && paying.length > 0)
    throw wrongInput(`Balance of gas object ${balance} is lower than the needed amount: ${gas.budget}`);
}

export function checkPaid({ gas }) {
  if (gas.payment.length === 0) throw wrongInput("No gas payment is provided");
}
