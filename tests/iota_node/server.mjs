// The node's door: JSON-RPC at /, the faucet at /faucet, payments by other hands at /spend, and at /control what goes wrong.
import { createServer } from "node:http";
import { withNumbers } from "./answers.mjs";
import { answer } from "./methods.mjs";
import { Refusal, invalidParameters, kInvalidRequest } from "./refusal.mjs";
import { isValidIotaAddress } from "./sdk.mjs";

const kMostBytes = 1024 * 1024;
const kMostCheckpoints = 1000;

async function body(request) {
  const parts = [];
  let size = 0;
  for await (const part of request) {
    size += part.length;
    if (size > kMostBytes) throw new Error("the request is too large");
    parts.push(part);
  }
  return JSON.parse(Buffer.concat(parts).toString());
}

function send(response, status, value) {
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(JSON.stringify(value));
}

function errorOf(error) {
  if (error instanceof Refusal)
    return { code: error.code, message: error.message, ...(error.data === undefined ? {} : { data: error.data }) };
  return { code: -32603, message: error.message };
}

async function rpc(node, { id, jsonrpc, method, params }) {
  const reply = { jsonrpc: "2.0", id: id ?? null };
  try {
    if (jsonrpc !== "2.0" || typeof method !== "string") throw new Refusal(kInvalidRequest, "Invalid request");
    if (params !== undefined && !Array.isArray(params)) throw invalidParameters("Invalid params: expected a list");
    const result = await answer(node, method, params ?? []);
    return { ...reply, result: node.weather.now.numbers ? withNumbers(result) : result };
  } catch (error) {
    return { ...reply, error: errorOf(error) };
  }
}

async function answerRpc(node, request, response) {
  const { weather } = node;
  const question = await body(request);
  if (weather.now.down || weather.strikes("lose_requests")) return response.destroy();
  if (weather.strikes("http_503")) return send(response, 503, { error: "no healthy upstream" });
  node.tick();
  const reply = await rpc(node, question);
  if (weather.strikes("lose_answers")) return response.destroy();
  return send(response, 200, reply);
}

async function answerFaucet(node, request, response) {
  const { recipient, nanos } = await body(request);
  if (typeof recipient !== "string" || !isValidIotaAddress(recipient))
    return send(response, 400, { error: `recipient: ${recipient} is no address` });
  if (!/^[0-9]{1,18}$/.test(String(nanos))) return send(response, 400, { error: `nanos: ${nanos} is no amount` });
  node.tick();
  return send(response, 200, { digest: await node.grant(recipient, BigInt(nanos)) });
}

/// Somebody else who has a key of ours.
async function answerSpend(node, request, response) {
  const { secret, recipient, nanos, skip } = await body(request);
  node.tick();
  return send(response, 200, { digest: await node.spend(secret, recipient, BigInt(nanos), skip ?? 0) });
}

/// `now_ms` is of a manual clock; the rest is done in this order.
function control(node, { now_ms: now, restart, checkpoints, next_epoch: nextEpoch, ...weather }) {
  const wrong = node.weather.set(weather);
  if (wrong !== undefined) return wrong;
  if (now !== undefined && node.clock.set === undefined) return "now_ms: the clock goes by itself";
  if (checkpoints !== undefined && !(Number.isInteger(checkpoints) && checkpoints <= kMostCheckpoints))
    return `checkpoints: at most ${kMostCheckpoints}`;
  if (now !== undefined) node.clock.set(now);
  if (restart) node.restart();
  if (nextEpoch) node.endEpoch();
  node.makeCheckpoints(checkpoints ?? 0);
  return undefined;
}

async function answerControl(node, request, response) {
  const wrong = control(node, await body(request));
  if (wrong !== undefined) return send(response, 400, { error: wrong });
  const { epoch, checkpoints, transactions, waiting } = node.ledger;
  return send(response, 200, { epoch, checkpoint: checkpoints.length - 1, at_ms: checkpoints.at(-1).at,
    transactions: transactions.size, waiting: waiting.length, weather: node.weather.now });
}

function doorFor(node, { method, url }) {
  if (method !== "POST") return undefined;
  if (url === "/control") return answerControl;
  if (url === "/faucet") return node.settings.faucet ? answerFaucet : undefined;
  if (url === "/spend") return node.settings.faucet ? answerSpend : undefined;
  return answerRpc;
}

export function serve(node) {
  return createServer(async (request, response) => {
    const door = doorFor(node, request);
    try {
      if (door === undefined) return send(response, 404, { error: "not found" });
      return await door(node, request, response);
    } catch (error) {
      return send(response, 400, { error: error.message });
    }
  });
}
