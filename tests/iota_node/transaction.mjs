// Bytes of a transaction, as the SDK reads them, and whose signatures they need.
import { TransactionDataBuilder, bcs, fromBase64, toBase64, verifyTransactionSignature } from "./sdk.mjs";
import { invalidParameters, invalidSignature, wrongInput } from "./refusal.mjs";

export const kMostBytes = 128 * 1024;

function refOf({ objectId, version, digest }) {
  return { objectId, version: BigInt(version), digest };
}

function parse(bytes) {
  try {
    const data = bcs.TransactionData.parse(bytes);
    if (toBase64(bcs.TransactionData.serialize(data).toBytes()) !== toBase64(bytes))
      throw new Error("the bytes are not the one encoding of what they say");
    return data.V1;
  } catch (error) {
    throw invalidParameters(`Deserialization error: ${error.message}`);
  }
}

/// Coins are split, merged and moved here, and nothing else.
function onlyCoins({ inputs, commands }) {
  for (const { $kind } of commands)
    if (!["SplitCoins", "MergeCoins", "TransferObjects"].includes($kind))
      throw wrongInput(`Feature is not supported: this stand-in moves coins only, not ${$kind}`);
  for (const input of inputs)
    if (input.Object !== undefined && input.Object.$kind !== "ImmOrOwnedObject")
      throw wrongInput(`Feature is not supported: this stand-in has owned objects only, not ${input.Object.$kind}`);
}

export function decode(text) {
  const bytes = fromBase64(text);
  if (bytes.length > kMostBytes) throw wrongInput(`serialized transaction size exceeded maximum of ${kMostBytes}`);
  const { kind, sender, gasData, expiration } = parse(bytes);
  if (kind.ProgrammableTransaction === undefined) throw wrongInput("Feature is not supported: system transactions");
  onlyCoins(kind.ProgrammableTransaction);
  return {
    digest: TransactionDataBuilder.getDigestFromBytes(bytes), bytes, text, sender,
    gas: {
      payment: gasData.payment.map(refOf), owner: gasData.owner,
      price: BigInt(gasData.price), budget: BigInt(gasData.budget),
    },
    lastEpoch: expiration.Epoch,
    inputs: kind.ProgrammableTransaction.inputs,
    commands: kind.ProgrammableTransaction.commands,
  };
}

/// The objects that it uses beside the gas payment.
export function objectsOf(transaction) {
  return transaction.inputs.filter((input) => input.Object !== undefined)
    .map((input) => refOf(input.Object.ImmOrOwnedObject));
}

async function signerOf(transaction, signature) {
  try {
    return (await verifyTransactionSignature(transaction.bytes, signature)).toIotaAddress();
  } catch (error) {
    throw invalidSignature(error.message);
  }
}

/// The sender's, and the sponsor's where somebody else pays the gas: these and no others.
export async function verify(transaction, signatures) {
  const wanted = new Set([transaction.sender, transaction.gas.owner]);
  if (signatures.length !== wanted.size)
    throw invalidSignature(`Expect ${wanted.size} signer signatures but got ${signatures.length}`);
  for (const signature of signatures) {
    const signer = await signerOf(transaction, signature);
    if (!wanted.delete(signer)) throw invalidSignature(`Value was not signed by the correct sender: ${signer}`);
  }
}
