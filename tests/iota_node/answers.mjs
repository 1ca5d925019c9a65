// How nodes write things in JSON: the types of the SDK's client. Amounts and most numbers are decimal texts, versions in
// references of effects are numbers.
import { kReferencePrice } from "./gas.mjs";
import { data } from "./input.mjs";

export const kCoinType = "0x2::iota::IOTA";
const kGone = "7gyGAp71YXQRoxmFBaHxofQXAipvgHyBKPyxmdSJxyvz";  // the digest of what is deleted
export const kProtocol = 25;

const owned = ({ id, version, digest, owner }) => ({
  owner: { AddressOwner: owner }, reference: { objectId: id, version: Number(version), digest },
});

function gasUsed({ computation, storage, rebate }) {
  return {
    computationCost: String(computation), computationCostBurned: String(computation), storageCost: String(storage),
    storageRebate: String(rebate), nonRefundableStorageFee: "0",
  };
}

/// Lists that are empty are left out, as nodes do.
export function effects(record) {
  const some = (name, list) => list.length === 0 ? {} : { [name]: list };
  return {
    messageVersion: "v1",
    status: record.error === undefined ? { status: "success" } : { status: "failure", error: record.error },
    executedEpoch: String(record.epoch),
    gasUsed: gasUsed(record.gas),
    ...some("modifiedAtVersions", record.before.map(({ id, version }) => ({ objectId: id, sequenceNumber: String(version) }))),
    transactionDigest: record.digest,
    ...some("created", record.created.map(owned)),
    ...some("mutated", record.mutated.map(owned)),
    ...some("deleted", record.deleted.map(({ id, version }) => ({ objectId: id, version: Number(version), digest: kGone }))),
    gasObject: owned(record.gasCoin),
    ...some("dependencies", [...new Set(record.before.map(({ previous }) => previous))].filter(Boolean)),
  };
}

export const balanceChanges = ({ changes }) => changes.map(({ owner, nanos }) => ({
  owner: { AddressOwner: owner }, coinType: kCoinType, amount: String(nanos),
}));

/// What the options ask for. `checkpoint`: the one that holds it, where it is to be told.
export function transaction(record, options, checkpoint) {
  return {
    digest: record.digest,
    ...(options?.showInput && record.input ? { transaction: { data: data(record.input), txSignatures: record.signatures } } : {}),
    ...(options?.showEffects ? { effects: effects(record) } : {}),
    ...(options?.showEvents ? { events: [] } : {}),
    ...(options?.showObjectChanges ? { objectChanges: [] } : {}),
    ...(options?.showBalanceChanges ? { balanceChanges: balanceChanges(record) } : {}),
    ...(checkpoint === undefined ? {} : { timestampMs: String(checkpoint.at), checkpoint: String(checkpoint.number) }),
  };
}

export const coin = ({ id, version, digest, nanos, previous }) => ({
  coinType: kCoinType, coinObjectId: id, version: String(version), digest, balance: String(nanos),
  previousTransaction: previous,
});

export function object(id, found, options) {
  if (found === undefined) return { error: { code: "notExists", object_id: id } };
  const { version, digest, owner, previous } = found;
  if (owner === undefined) return { error: { code: "deleted", object_id: id, version: Number(version), digest: kGone } };
  return { data: {
    objectId: id, version: String(version), digest,
    ...(options?.showType ? { type: `0x2::coin::Coin<${kCoinType}>` } : {}),
    ...(options?.showOwner ? { owner: { AddressOwner: owner } } : {}),
    ...(options?.showPreviousTransaction ? { previousTransaction: previous } : {}),
  } };
}

export function checkpoint({ number, digest, previous, epoch, at, digests, endsEpoch, total }) {
  return {
    epoch: String(epoch), sequenceNumber: String(number), digest, networkTotalTransactions: String(total),
    ...(previous === undefined ? {} : { previousDigest: previous }),
    epochRollingGasCostSummary: gasUsed({ computation: 0n, storage: 0n, rebate: 0n }),
    timestampMs: String(at), transactions: digests, checkpointCommitments: [], validatorSignature: "",
    ...(endsEpoch ? { endOfEpochData: { nextEpochCommittee: [], nextEpochProtocolVersion: String(kProtocol),
      epochCommitments: [], epochSupplyChange: 0 } } : {}),
  };
}

export const systemState = (view, epochMs) => ({ V2: {
  epoch: String(view.epoch), protocolVersion: String(kProtocol), systemStateVersion: "2",
  referenceGasPrice: String(kReferencePrice), epochStartTimestampMs: String(view.epochStart),
  epochDurationMs: String(epochMs), activeValidators: [], committeeMembers: [], atRiskValidators: [], safeMode: false,
} });

const kNumbers = new Set(["amount", "balance", "checkpoint", "computationCost", "computationCostBurned", "epoch",
  "epochDurationMs", "epochStartTimestampMs", "executedEpoch", "nonRefundableStorageFee", "protocolVersion",
  "referenceGasPrice", "sequenceNumber", "storageCost", "storageRebate", "timestampMs", "totalBalance", "version"]);

/// The same answer with numbers for decimal texts, as some versions of nodes write them. Larger ones stay text.
export function withNumbers(value, name) {
  if (Array.isArray(value)) return value.map((each) => withNumbers(each));
  if (value !== null && typeof value === "object")
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withNumbers(each, key)]));
  return kNumbers.has(name) && typeof value === "string" && Number.isSafeInteger(Number(value)) ? Number(value) : value;
}
