// A node of a network of IOTA that is only this process, for tests and the demo. It reads transactions, checks signatures
// and makes digests with the official SDK, keeps owners, versions, locks, balances and epochs as validators do, and charges
// gas. It has coins of IOTA and no Move code.
//
//   node tests/iota_node/node.mjs --port 0 --state FILE --faucet
//
// prints one line of JSON once it listens: {"rpc": …, "chain": …, "genesis": …, "faucet": …}. Killed and started again with the same
// file it goes on where it was. --weather JSON and POST /control say what goes wrong (weather.mjs).
import { parseArgs } from "node:util";
import { ManualClock, RealClock, ScaledClock } from "./clock.mjs";
import { serve } from "./server.mjs";
import { StandIn } from "./stand_in.mjs";

const kDay = 86_400_000;

const { values } = parseArgs({ options: {
  port: { type: "string", default: "0" },
  state: { type: "string" },
  faucet: { type: "boolean", default: false },
  seed: { type: "string", default: "1" },
  "epoch-ms": { type: "string", default: String(kDay) },
  "checkpoint-ms": { type: "string", default: "250" },
  "sim-clock": { type: "string" },
  "manual-clock": { type: "string" },
  weather: { type: "string", default: "{}" },
} });

function refuse(why) {
  process.stderr.write(`iota node: ${why}\n`);
  process.exit(2);
}

function number(name) {
  if (!/^[0-9]{1,15}$/.test(values[name])) refuse(`--${name}: '${values[name]}' is no whole number`);
  return Number(values[name]);
}

function clock() {
  if (values["manual-clock"] !== undefined) return new ManualClock(number("manual-clock"));
  return values["sim-clock"] === undefined ? new RealClock() : new ScaledClock(values["sim-clock"]);
}

if (values.state === undefined) refuse("--state FILE is needed");
const node = new StandIn({ state: values.state, seed: number("seed"), faucet: values.faucet, epochMs: number("epoch-ms"),
  checkpointMs: number("checkpoint-ms") }, clock());
const wrong = node.weather.set(JSON.parse(values.weather));
if (wrong !== undefined) refuse(`--weather: ${wrong}`);

const server = serve(node);
server.on("error", (error) => refuse(error.message));
server.listen(number("port"), "127.0.0.1", () => {
  const { chain, checkpoints } = node.ledger;
  const rpc = `http://127.0.0.1:${server.address().port}`;
  const faucet = node.faucetKey.toIotaAddress();
  process.stdout.write(JSON.stringify({ rpc, chain, genesis: checkpoints[0].digest, faucet }) + "\n");
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(0));
