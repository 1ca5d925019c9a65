// A transaction as its sender wrote it, in the JSON of nodes.

const reference = ({ objectId, version, digest }) => ({ objectId, version: Number(version), digest });

function input({ Pure, Object: object }) {
  if (Pure !== undefined) return { type: "pure", value: [...Buffer.from(Pure.bytes, "base64")] };
  const { objectId, version, digest } = object.ImmOrOwnedObject;
  return { type: "object", objectType: "immOrOwnedObject", objectId, version: String(version), digest };
}

const argument = ({ $kind, ...value }) => $kind === "GasCoin" ? $kind : { [$kind]: value[$kind] };

function command({ SplitCoins, MergeCoins, TransferObjects }) {
  if (SplitCoins !== undefined)
    return { SplitCoins: [argument(SplitCoins.coin), SplitCoins.amounts.map(argument)] };
  if (MergeCoins !== undefined)
    return { MergeCoins: [argument(MergeCoins.destination), MergeCoins.sources.map(argument)] };
  return { TransferObjects: [TransferObjects.objects.map(argument), argument(TransferObjects.address)] };
}

/// `data` of an answer's `transaction`.
export function data({ sender, gas, inputs, commands }) {
  return {
    messageVersion: "v1", sender,
    transaction: { kind: "ProgrammableTransaction", inputs: inputs.map(input), transactions: commands.map(command) },
    gasData: { payment: gas.payment.map(reference), owner: gas.owner, price: String(gas.price), budget: String(gas.budget) },
  };
}
