// The questions that nodes answer. Each method is given the node and the parameters as they came.
import * as answers from "./answers.mjs";
import { checkForm, checkObjects } from "./admit.mjs";
import { execute } from "./execute.mjs";
import { kReferencePrice } from "./gas.mjs";
import { invalidParameters, unknownMethod, unknownTransaction } from "./refusal.mjs";
import { isValidIotaAddress, normalizeIotaAddress } from "./sdk.mjs";
import { decode } from "./transaction.mjs";

const kMostPage = 50;

function address(text) {
  if (typeof text !== "string" || !isValidIotaAddress(normalizeIotaAddress(text)))
    throw invalidParameters(`invalid address: ${text}`);
  return normalizeIotaAddress(text);
}

function onlyIota(type) {
  const isIota = type === undefined || type === null || /^0x0*2::iota::IOTA$/.test(type);
  if (!isIota) throw invalidParameters(`this stand-in has no coins of ${type}`);
}

function pageSize(limit) {
  return Math.min(Math.max(1, Number(limit ?? kMostPage)), kMostPage);
}

function coins({ view }, owner, type, cursor, limit) {
  onlyIota(type);
  const all = view.coins(address(owner));
  const from = cursor === undefined || cursor === null ? 0 : all.findIndex(({ id }) => id > cursor);
  const page = from < 0 ? [] : all.slice(from, from + pageSize(limit));
  const hasNextPage = from >= 0 && from + page.length < all.length;
  return { data: page.map(answers.coin), nextCursor: page.at(-1)?.id ?? null, hasNextPage };
}

function balance({ view }, owner, type) {
  onlyIota(type);
  const all = view.coins(address(owner));
  const total = all.reduce((sum, { nanos }) => sum + nanos, 0n);
  return { coinType: answers.kCoinType, coinObjectCount: all.length, totalBalance: String(total), lockedBalance: {} };
}

function found(view, digest) {
  const record = view.transaction(digest);
  if (record === undefined) throw unknownTransaction(digest);
  return record;
}

function told(view, record, options) {
  return answers.transaction(record, options, view.checkpoint(record.checkpoint));
}

/// Whoever has something that the transaction has made or changed, the gas coin's owner too.
const reaches = (record, owner) => record.written.some((coin) => coin.owner === owner);

function matching({ ToAddress, FromAddress, ...others } = {}) {
  if (Object.keys(others).length > 0) throw invalidParameters(`this stand-in has no filter ${Object.keys(others)[0]}`);
  if (ToAddress !== undefined) return (record) => reaches(record, address(ToAddress));
  if (FromAddress !== undefined) return (record) => record.sender === address(FromAddress);
  return () => true;
}

function queryTransactions({ view }, query, cursor, limit, descending) {
  let records = view.history().filter(matching(query?.filter ?? undefined));
  if (descending) records.reverse();
  if (cursor !== undefined && cursor !== null) {
    const { at } = found(view, cursor);
    records = records.filter((record) => descending ? record.at < at : record.at > at);
  }
  const page = records.slice(0, pageSize(limit));
  const data = page.map((record) => told(view, record, query?.options));
  return { data, nextCursor: page.at(-1)?.digest ?? null, hasNextPage: page.length < records.length };
}

/// Nothing is signed, so nobody's signature is asked for.
function dryRun({ ledger }, text) {
  const transaction = decode(text);
  checkForm(transaction, ledger.epoch);
  checkObjects(ledger, transaction);
  const outcome = { ...execute(ledger, transaction), epoch: ledger.epoch };
  return { effects: answers.effects(outcome), balanceChanges: answers.balanceChanges(outcome), events: [],
    objectChanges: [], input: {}, executionErrorSource: outcome.error ?? null, suggestedGasPrice: null };
}

async function executeTransaction(node, text, signatures, options) {
  const record = await node.submit(text, signatures);
  return { ...answers.transaction(record, options), confirmedLocalExecution: true };
}

function checkpoint({ view }, id) {
  const number = /^\d+$/.test(String(id)) ? Number(id) : undefined;
  const point = number === undefined ? view.ledger.checkpoints.find(({ digest }) => digest === id) : view.checkpoint(number);
  if (point === undefined) throw invalidParameters(`Verified checkpoint not found for sequence number ${id}`);
  return answers.checkpoint(point);
}

const methods = {
  "rpc.discover": () => ({ openrpc: "1.2.6", info: { title: "Balans stand-in", version: "1.15.1" } }),
  iota_getChainIdentifier: ({ ledger }) => ledger.chain,
  iotax_getReferenceGasPrice: () => String(kReferencePrice),
  iotax_getLatestIotaSystemStateV2: ({ view, settings }) => answers.systemState(view, settings.epochMs),
  iota_getLatestCheckpointSequenceNumber: ({ view }) => String(view.latest.number),
  iota_getCheckpoint: checkpoint,
  iota_getTotalTransactionBlocks: ({ view }) => String(view.latest.total),
  iotax_getCoins: coins,
  iotax_getBalance: balance,
  iotax_getAllBalances: (node, owner) => [balance(node, owner)],
  iota_getObject: ({ view }, id, options) => answers.object(id, view.object(address(id)), options),
  iota_multiGetObjects: ({ view }, ids, options) => ids.map((id) => answers.object(id, view.object(address(id)), options)),
  iota_getTransactionBlock: ({ view }, digest, options) => told(view, found(view, digest), options),
  iota_multiGetTransactionBlocks: ({ view }, digests, options) =>
    digests.map((digest) => told(view, found(view, digest), options)),
  iotax_queryTransactionBlocks: queryTransactions,
  iota_dryRunTransactionBlock: dryRun,
  iota_executeTransactionBlock: executeTransaction,
};

export async function answer(node, method, parameters) {
  if (!Object.hasOwn(methods, method)) throw unknownMethod(method);
  return methods[method](node, ...parameters);
}
