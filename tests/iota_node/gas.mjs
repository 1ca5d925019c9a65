// What a transaction costs, in nanos. Figures of the protocol's configuration: base_tx_cost_fixed, gas_rounding_step,
// max_tx_gas, max_gas_price, obj_data_cost_refundable (100) and storage_gas_price (76), and a coin's 129 bytes.

export const kReferencePrice = 1000n;
export const kMostPrice = 100_000n;
export const kLeastUnits = 1000n;
export const kMostBudget = 50_000_000_000n;
/// Of a coin, paid with each version of it and given back with the next.
export const kCoinStorage = 129n * 100n * 76n;

const kStepUnits = 1000n;
const kUnitsEach = 6n;

/// Moving coins is cheap: what payments of a few recipients take stays in the first step. The units of one command and
/// argument are ours; nodes meter each instruction.
function units(transaction) {
  const { commands, inputs } = transaction;
  const used = BigInt(commands.length + inputs.length) * kUnitsEach;
  return used <= kLeastUnits ? kLeastUnits : (used + kStepUnits - 1n) / kStepUnits * kStepUnits;
}

export function computation(transaction) {
  return units(transaction) * transaction.gas.price;
}

export const charged = (gas) => gas.computation + gas.storage - gas.rebate;
