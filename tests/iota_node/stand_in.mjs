// A node as a whole: the chain, its log, its clock, its faucet, and what goes wrong with it.
import { checkForm, checkLocks, checkObjects, checkPaid } from "./admit.mjs";
import { Ledger } from "./ledger.mjs";
import { Log } from "./log.mjs";
import { busy, timedOut } from "./refusal.mjs";
import { Ed25519Keypair, Transaction, hash } from "./sdk.mjs";
import { decode, verify } from "./transaction.mjs";
import { Weather } from "./weather.mjs";

const kSupply = 4_600_000_000n * 1_000_000_000n;
const kBudget = 10_000_000n;
const kMostGrant = 1_000_000_000_000_000n;

export class StandIn {
  /// `settings`: state (a file), seed, epochMs, checkpointMs.
  constructor(settings, clock) {
    this.settings = settings;
    this.clock = clock;
    this.faucetKey = Ed25519Keypair.fromSecretKey(hash(`faucet ${settings.seed}`));
    this.weather = new Weather(settings.seed);
    this.turn = Promise.resolve();
    this.open();
  }

  open() {
    this.ledger = new Ledger();
    this.log = new Log(this.settings.state, (event) => this.ledger.apply(event));
    if (this.ledger.checkpoints.length > 0) return;
    this.happen({ event: "genesis", seed: this.settings.seed, at: this.clock.now(),
      owner: this.faucetKey.toIotaAddress(), nanos: String(kSupply) });
  }

  /// Forgets all that is not in the file, as if it had been killed.
  restart() {
    this.log.close();
    this.open();
  }

  happen(event) {
    this.log.append(event);
    this.ledger.apply(event);
  }

  get view() { return this.ledger.view(this.weather.now.lag); }

  /// Checkpoints and epochs come when somebody looks.
  tick() {
    const at = this.clock.now();
    if (at - this.ledger.epochStart >= this.settings.epochMs) this.happen({ event: "endEpoch", at });
    if (at - this.ledger.checkpoints.at(-1).at >= this.settings.checkpointMs) this.happen({ event: "checkpoint", at });
  }

  endEpoch() {
    this.happen({ event: "endEpoch", at: this.clock.now() });
  }

  makeCheckpoints(count) {
    for (let made = 0; made < count; made += 1) this.happen({ event: "checkpoint", at: this.clock.now() });
  }

  /// Signed bytes. The same ones again have the same outcome.
  async submit(text, signatures) {
    const transaction = decode(text);
    await verify(transaction, signatures);
    const done = this.ledger.transactions.get(transaction.digest);
    if (done !== undefined) return done;
    checkForm(transaction, this.ledger.epoch);
    checkPaid(transaction);
    checkObjects(this.ledger, transaction);
    checkLocks(this.ledger, transaction);
    return this.carryOut(transaction, signatures);
  }

  carryOut({ digest, text }, signatures) {
    if (this.weather.strikes("transient")) throw busy();
    if (this.weather.strikes("stall")) {
      this.happen({ event: "lock", transaction: text });
      throw timedOut();
    }
    const { delay_checkpoints: delay } = this.weather.now;
    this.happen({ event: "execute", transaction: text, signatures, fails: this.weather.strikes("fail"), delay });
    return this.ledger.transactions.get(digest);
  }

  /// A payment like any other, of the faucet's key. One after the other: each takes the coin that the last has left.
  grant(recipient, nanos) {
    const next = this.turn.then(() => this.pay(recipient, nanos));
    this.turn = next.catch(() => {});
    return next;
  }

  async pay(recipient, nanos) {
    if (nanos <= 0n || nanos > kMostGrant) throw new Error(`nanos: ${nanos} is outside 1..${kMostGrant}`);
    const [coin] = this.ledger.view(0).coins(this.faucetKey.toIotaAddress());
    const { bytes, signature } = await signPayment(this.faucetKey, coin, recipient, nanos);
    const { delay_checkpoints: delay } = this.weather.now;
    this.happen({ event: "execute", transaction: bytes, signatures: [signature], fails: false, delay });
    return decode(bytes).digest;
  }

  /// Somebody else with that key pays out of the first of its coins that has enough, after `skip` others.
  async spend(secret, recipient, nanos, skip) {
    const key = Ed25519Keypair.fromSecretKey(secret);
    const rich = this.ledger.view(0).coins(key.toIotaAddress()).filter((coin) => coin.nanos >= nanos + kBudget);
    if (rich.length === 0) throw new Error("no coin has so much");
    const { bytes, signature } = await signPayment(key, rich[skip % rich.length], recipient, nanos);
    return (await this.submit(bytes, [signature])).digest;
  }
}

/// All of it known, so that the SDK asks nobody.
function signPayment(key, coin, recipient, nanos) {
  const transaction = new Transaction();
  const [part] = transaction.splitCoins(transaction.gas, [nanos]);
  transaction.transferObjects([part], recipient);
  transaction.setSender(key.toIotaAddress());
  transaction.setGasPayment([{ objectId: coin.id, version: String(coin.version), digest: coin.digest }]);
  transaction.setGasPrice(1000n);
  transaction.setGasBudget(kBudget);
  return transaction.sign({ signer: key });
}
