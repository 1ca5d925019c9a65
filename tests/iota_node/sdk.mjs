// The official SDK, from where install.sh has put it. Everything that the stand-in knows of bytes and keys is the SDK's.
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const folder = process.env.BALANS_IOTA_SDK ?? join(here, "../../build/iota_node");
const require = createRequire(join(folder, "package.json"));

function load(name) {
  try {
    return require(name);
  } catch (error) {
    if (error.code !== "MODULE_NOT_FOUND") throw error;
    process.stderr.write(`${name} is not in ${folder}: tests/iota_node/install.sh installs it\n`);
    process.exit(1);
  }
}

export const { bcs } = load("@iota/iota-sdk/bcs");
export const { IotaClient } = load("@iota/iota-sdk/client");
export const { Ed25519Keypair } = load("@iota/iota-sdk/keypairs/ed25519");
export const { Transaction, TransactionDataBuilder } = load("@iota/iota-sdk/transactions");
export const { fromBase58, fromBase64, isValidIotaAddress, normalizeIotaAddress, toBase58, toBase64, toHex } =
  load("@iota/iota-sdk/utils");
export const { verifyTransactionSignature } = load("@iota/iota-sdk/verify");
const { blake2b } = load("@noble/hashes/blake2b");

/// BLAKE2b-256 of what stands one after the other: texts and bytes.
export function hash(...parts) {
  return blake2b(Buffer.concat(parts.map((part) => Buffer.from(part))), { dkLen: 32 });
}
