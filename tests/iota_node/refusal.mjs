// How nodes say no: codes and texts of iota-json-rpc (`error.rs`) and iota-types (`UserInputError`).

export const kInvalidRequest = -32600;
export const kUnknownMethod = -32601;
export const kInvalidParameters = -32602;
export const kExecution = -32002;
export const kTransient = -32050;

export class Refusal extends Error {
  constructor(code, message, data) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

export const invalidParameters = (message) => new Refusal(kInvalidParameters, message);
export const unknownMethod = (method) => new Refusal(kUnknownMethod, `Method not found: ${method}`);
export const unknownTransaction = (digest) =>
  invalidParameters(`Could not find the referenced transaction [TransactionDigest(${digest})]`);
export const invalidSignature = (why) =>
  new Refusal(kExecution, `Invalid user signature: Signature is not valid: ${why}`);
export const timedOut = () => new Refusal(kTransient, "Transaction timed out before reaching finality");
export const busy = () =>
  new Refusal(kTransient, "Transaction is not processed because 5000 of validators by stake are overloaded with " +
    "certificates pending execution.");

/// Something about the inputs: the transaction can not be executed as it is, and locks nothing.
export const wrongInput = (why) =>
  new Refusal(kExecution, "Transaction execution failed due to issues with transaction inputs, please review the " +
    `errors and try again:\n- ${why}`);

export const notAvailable = (ref, current) =>
  wrongInput(`Object ID ${ref.objectId} Version ${ref.version} Digest ${ref.digest} is not available for ` +
    `consumption, current version: ${current}`);
export const notFound = (id) => wrongInput(`Could not find the referenced object ObjectId("${id}") at version None`);

/// Another transaction has the objects, until the epoch ends.
export const reserved = (digest, refs) =>
  new Refusal(kExecution, "Failed to sign transaction by a quorum of validators because one or more of its objects is " +
    `reserved for another transaction. Other transactions locking these objects:\n- ${digest} (stake 100.0)`,
  { [digest]: refs.map((ref) => [ref.objectId, Number(ref.version), ref.digest]) });
