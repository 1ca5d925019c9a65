// The stand-in as the SDK's own client sees it, over real connections: `node --test`.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Ed25519Keypair, IotaClient, Transaction, hash, toBase58, toBase64 } from "./sdk.mjs";

const kProgram = join(dirname(fileURLToPath(import.meta.url)), "node.mjs");
const kIota = 1_000_000_000n;
const kCoin = 980_400n;
const folder = mkdtempSync(join(tmpdir(), "balans-iota-node-"));
const keyOf = (name) => Ed25519Keypair.fromSecretKey(hash(name));

class Node {
  async start(port = 0) {
    this.process = spawn(process.execPath, [kProgram, "--port", String(port), "--state", join(folder, "state"), "--faucet",
      "--checkpoint-ms", "0", "--seed", "7"], { stdio: ["ignore", "pipe", "inherit"] });
    const [line] = await once(createInterface(this.process.stdout), "line");
    Object.assign(this, JSON.parse(line));
    this.client = new IotaClient({ url: this.rpc });
  }
  async kill() {
    this.process.kill("SIGKILL");
    await once(this.process, "exit");
  }
  async post(path, value) {
    const answer = await fetch(this.rpc + path, { method: "POST", body: JSON.stringify(value) });
    const said = await answer.json();
    assert.equal(answer.status, 200, said.error);
    return said;
  }
  control(value) { return this.post("/control", value); }
  fund(recipient, nanos) { return this.post("/faucet", { recipient, nanos: String(nanos) }); }
}

const node = new Node();
let made = 0;
/// Somebody new who has so much in each of so many coins.
async function somebody(...amounts) {
  const key = keyOf(`somebody ${made += 1}`);
  for (const nanos of amounts) await node.fund(key.toIotaAddress(), nanos);
  return { key, address: key.toIotaAddress(), coins: (await node.client.getCoins({ owner: key.toIotaAddress() })).data };
}
const balanceOf = async (owner) => BigInt((await node.client.getBalance({ owner })).totalBalance);
const refOf = ({ coinObjectId, version, digest }) => ({ objectId: coinObjectId, version, digest });

/// A payment out of one coin, whole but for what the SDK would ask the node for.
function payment(from, coin, to, nanos, rest = {}) {
  const transaction = new Transaction();
  const [part] = transaction.splitCoins(transaction.gas, [nanos]);
  transaction.transferObjects([part], to);
  transaction.setSender(from.address);
  transaction.setGasPayment([refOf(coin)]);
  transaction.setGasPrice(rest.price ?? 1000n);
  transaction.setGasBudget(rest.budget ?? 10_000_000n);
  if (rest.lastEpoch !== undefined) transaction.setExpiration({ Epoch: rest.lastEpoch });
  return transaction;
}
async function execute(from, transaction) {
  const { bytes, signature } = await transaction.sign({ signer: from.key });
  return node.client.executeTransactionBlock({ transactionBlock: bytes, signature, options: { showEffects: true } });
}
const isRefused = (promise, text) => assert.rejects(promise, (error) => {
  assert.equal(error.code, -32002, error.message);
  assert.match(error.message, text);
  return true;
});

before(() => node.start());
beforeEach(() => node.control({ lose_requests: 0, lose_answers: 0, http_503: 0, transient: 0, stall: 0, fail: 0,
  delay_checkpoints: 0, lag: 0, down: false, numbers: false }));
after(async () => {
  await node.kill();
  rmSync(folder, { recursive: true });
});

test("the SDK's client builds, tries, signs, executes and waits for a transfer", async () => {
  const [ada, bob] = [await somebody(5n * kIota), await somebody()];
  const transaction = new Transaction();
  const [part] = transaction.splitCoins(transaction.gas, [2n * kIota]);
  transaction.transferObjects([part], bob.address);
  const done = await node.client.signAndExecuteTransaction({ signer: ada.key, transaction,
    options: { showEffects: true, showBalanceChanges: true } });
  const final = await node.client.waitForTransaction({ digest: done.digest, options: { showEffects: true } });
  assert.equal(final.effects.status.status, "success");
  assert.deepEqual(final.effects, done.effects);
  const gas = done.effects.gasUsed;
  assert.deepEqual([gas.computationCost, gas.storageCost, gas.storageRebate], ["1000000", "1960800", "980400"]);
  assert.equal(await balanceOf(bob.address), 2n * kIota);
  assert.equal(await balanceOf(ada.address), 3n * kIota - 1_000_000n - kCoin);
  const changes = Object.fromEntries(done.balanceChanges.map(({ owner, amount }) => [owner.AddressOwner, BigInt(amount)]));
  assert.deepEqual(changes, { [ada.address]: -2n * kIota - 1_000_000n - kCoin, [bob.address]: 2n * kIota });
});

test("a sponsor pays the gas with a second signature, and nobody else's will do", async () => {
  const [ada, sponsor, bob] = [await somebody(3n * kIota), await somebody(kIota), await somebody()];
  const transaction = new Transaction();
  transaction.transferObjects([transaction.objectRef(refOf(ada.coins[0]))], bob.address);
  transaction.setSender(ada.address);
  transaction.setGasOwner(sponsor.address);
  transaction.setGasPayment(sponsor.coins.map(refOf));
  transaction.setGasBudget(5_000_000n);
  transaction.setGasPrice(1000n);
  const bytes = await transaction.build();
  const sign = async ({ key }) => (await key.signTransaction(bytes)).signature;
  const submit = (signature) => node.client.executeTransactionBlock({ transactionBlock: bytes, signature });
  await isRefused(submit([await sign(ada)]), /Expect 2 signer signatures but got 1/);
  await isRefused(submit([await sign(ada), await sign(bob)]), /not signed by the correct sender/);
  await submit([await sign(ada), await sign(sponsor)]);
  assert.equal(await balanceOf(bob.address), 3n * kIota);
  assert.equal(await balanceOf(sponsor.address), kIota - 1_000_000n);
});

test("256 recipients and a merge of all coins", async () => {
  const ada = await somebody(10n * kIota, kIota, kIota);
  const transaction = new Transaction();
  const addresses = Array.from({ length: 256 }, (_, at) => "0x" + hash(`r${at}`).reduce((text, byte) =>
    text + byte.toString(16).padStart(2, "0"), ""));
  const parts = transaction.splitCoins(transaction.gas, addresses.map((_, at) => 1000 + at));
  addresses.forEach((address, at) => transaction.transferObjects([parts[at]], address));
  transaction.setSender(ada.address);
  const done = await node.client.signAndExecuteTransaction({ signer: ada.key, transaction, options: { showEffects: true } });
  assert.equal(done.effects.status.status, "success", done.effects.status.error);
  assert.equal(done.effects.created.length, 256);
  assert.equal(done.effects.deleted.length, 2);
  assert.equal(await balanceOf(addresses[255]), 1255n);
});

test("the same bytes again have the same effects; other bytes for the same coin are refused", async () => {
  const ada = await somebody(5n * kIota);
  const first = payment(ada, ada.coins[0], ada.address, kIota);
  const done = await execute(ada, first);
  assert.deepEqual((await execute(ada, first)).effects, done.effects);
  await isRefused(execute(ada, payment(ada, ada.coins[0], ada.address, 2n)),
    /is not available for consumption, current version: \d+/);
});

test("who has stalled has its coins until the epoch ends, and may be executed later", async () => {
  const ada = await somebody(5n * kIota);
  const [first, second] = [payment(ada, ada.coins[0], ada.address, 1n), payment(ada, ada.coins[0], ada.address, 2n)];
  await node.control({ stall: 1 });
  await assert.rejects(execute(ada, first), { code: -32050 });
  await node.control({ stall: 0 });
  await isRefused(execute(ada, second), new RegExp(`reserved for another transaction.*\n- ${await first.getDigest()}`));
  await node.control({ next_epoch: true });
  assert.equal((await execute(ada, second)).effects.status.status, "success");
  await isRefused(execute(ada, first), /not available for consumption/);
});

test("what is wrong with gas, owners, digests, epochs and signatures is said in a node's words", async () => {
  const [ada, bob] = [await somebody(kIota), await somebody(kIota)];
  const [coin] = ada.coins;
  const pay = (rest, used = coin) => execute(ada, payment(ada, used, bob.address, 1n, rest));
  await isRefused(pay({ price: 999n }), /Gas price 999 under reference gas price \(RGP\) 1000/);
  await isRefused(pay({ budget: 999_999n }), /Gas budget: 999999 is lower than min: 1000000/);
  await isRefused(pay({ budget: 50_000_000_001n }), /Gas budget: 50000000001 is higher than max: 50000000000/);
  await isRefused(pay({ budget: 2n * kIota }), /Balance of gas object 1000000000 is lower than the needed amount/);
  await isRefused(pay({}, bob.coins[0]), /is owned by account address/);
  await isRefused(pay({}, { ...coin, digest: toBase58(hash("other")) }), /Invalid Object digest/);
  const { epoch } = await node.control({ next_epoch: true });
  await isRefused(pay({ lastEpoch: epoch - 1 }), /Transaction Expired/);
  const bytes = await payment(ada, coin, bob.address, 1n).build();
  const forged = (await bob.key.signTransaction(bytes)).signature;
  await isRefused(node.client.executeTransactionBlock({ transactionBlock: bytes, signature: forged }), /Invalid user signature/);
  await assert.rejects(node.client.executeTransactionBlock({ transactionBlock: toBase64(bytes.slice(1)), signature: forged }),
    { code: -32602 });
  assert.equal((await pay({ lastEpoch: epoch })).effects.status.status, "success");
});

test("a failure costs gas, moves nothing, and is final", async () => {
  const [ada, bob] = [await somebody(kIota), await somebody()];
  const { effects } = await execute(ada, payment(ada, ada.coins[0], bob.address, kIota));
  assert.deepEqual(effects.status, { status: "failure", error: "InsufficientCoinBalance in command 0" });
  assert.equal(await balanceOf(ada.address), kIota - 1_000_000n);
  assert.equal(await balanceOf(bob.address), 0n);
  const [left] = (await node.client.getCoins({ owner: ada.address })).data;
  const small = await execute(ada, payment(ada, left, bob.address, 1n, { budget: 1_500_000n }));
  assert.equal(small.effects.status.error, "InsufficientGas");
});

test("killed and started again it knows all that it has told", async () => {
  const ada = await somebody(5n * kIota);
  const done = await execute(ada, payment(ada, ada.coins[0], ada.address, kIota));
  const [balance, port] = [await balanceOf(ada.address), Number(new URL(node.rpc).port)];
  const { digest } = await node.client.getCheckpoint({ id: "0" });
  await node.kill();
  await node.start(port);
  assert.equal(node.genesis, digest);
  assert.equal(await node.client.getChainIdentifier(), node.chain);
  assert.equal(await balanceOf(ada.address), balance);
  const again = await node.client.getTransactionBlock({ digest: done.digest, options: { showEffects: true } });
  assert.deepEqual(again.effects, done.effects);
});

test("an answer is lost, and what was asked for is done", async () => {
  const ada = await somebody(5n * kIota);
  const transaction = payment(ada, ada.coins[0], ada.address, kIota);
  await node.control({ lose_answers: 1 });
  await assert.rejects(execute(ada, transaction));
  await node.control({ lose_answers: 0 });
  assert.equal((await node.client.getTransactionBlock({ digest: await transaction.getDigest() })).digest,
    await transaction.getDigest());
});

test("nodes that are down, busy or behind, and checkpoints that are late", async () => {
  const ada = await somebody(5n * kIota);
  for (const weather of [{ down: true }, { http_503: 1 }]) {
    await node.control(weather);
    await assert.rejects(node.client.getReferenceGasPrice());
    await node.control({ down: false, http_503: 0 });
  }
  const transaction = payment(ada, ada.coins[0], ada.address, kIota);
  await node.control({ transient: 1 });
  await assert.rejects(execute(ada, transaction), { code: -32050 });
  await node.control({ transient: 0, delay_checkpoints: 1000, lag: 5 });
  const { digest } = await execute(ada, transaction);
  await assert.rejects(node.client.getTransactionBlock({ digest }), /Could not find the referenced transaction/);
  await node.control({ lag: 0 });
  assert.equal((await node.client.getTransactionBlock({ digest })).checkpoint, undefined);
  await node.control({ checkpoints: 1000 });
  await node.control({ checkpoints: 1, lag: 1 });
  assert.notEqual((await node.client.getTransactionBlock({ digest })).checkpoint, undefined);
});

test("pages of coins and of transactions are whole, oldest first, and of whom they are asked for", async () => {
  const ada = await somebody();
  for (let count = 0; count < 60; count += 1) await node.fund(ada.address, 1000 + count);
  const first = await node.client.getCoins({ owner: ada.address });
  const second = await node.client.getCoins({ owner: ada.address, cursor: first.nextCursor });
  assert.deepEqual([first.data.length, first.hasNextPage, second.data.length, second.hasNextPage], [50, true, 10, false]);
  const query = { filter: { ToAddress: ada.address }, options: { showBalanceChanges: true }, order: "ascending" };
  const page = await node.client.queryTransactionBlocks(query);
  const rest = await node.client.queryTransactionBlocks({ ...query, cursor: page.nextCursor });
  const amounts = [...page.data, ...rest.data].map(({ balanceChanges }) =>
    Number(balanceChanges.find(({ owner }) => owner.AddressOwner === ada.address).amount));
  assert.deepEqual(amounts, Array.from({ length: 60 }, (_, at) => 1000 + at));
  const sent = await node.client.queryTransactionBlocks({ filter: { FromAddress: ada.address } });
  assert.equal(sent.data.length, 0);
  const { transaction } = await node.client.getTransactionBlock({ digest: page.data[0].digest, options: { showInput: true } });
  assert.notEqual(transaction.data.sender, ada.address);
  assert.deepEqual(transaction.data.transaction.transactions, [{ SplitCoins: ["GasCoin", [{ Input: 0 }]] },
    { TransferObjects: [[{ NestedResult: [0, 0] }], { Input: 1 }] }]);
});
