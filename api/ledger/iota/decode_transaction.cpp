#include "api/ledger/iota/bcs.hpp"
#include "api/ledger/iota/transaction.hpp"

namespace balans::iota {
namespace {

using bcs::Decoder;

ObjectRef read_ref(Decoder& in) {
  ObjectRef ref;
  ref.id.bytes = in.bytes32();
  ref.version = in.u64();
  const std::uint32_t size = in.uleb128();
  if (size != ref.digest.bytes.size()) in.fail("a digest has 32 bytes, this one " + std::to_string(size));
  ref.digest.bytes = in.bytes32();
  return ref;
}

TypeTag read_type(Decoder& in, int depth) {
  TypeTag type;
  if (depth > kMostTypeDepth) return in.fail("types are nested too deeply"), type;
  type.kind = static_cast<TypeKind>(in.variant(kTypeKinds, "type"));
  if (type.kind == TypeKind::Vector) type.inner.push_back(read_type(in, depth + 1));
  if (type.kind != TypeKind::Struct) return type;
  type.package.bytes = in.bytes32();
  type.module = in.string(kMostIdentifierBytes);
  type.name = in.string(kMostIdentifierBytes);
  type.inner = in.vector(kMostTypeArguments, [&] { return read_type(in, depth + 1); });
  return type;
}

Shared read_shared(Decoder& in) {
  Shared shared;
  shared.id.bytes = in.bytes32();
  shared.initial_version = in.u64();
  shared.access = in.boolean() ? Access::Write : Access::Read;
  return shared;
}

Input read_input(Decoder& in) {
  if (in.variant(2, "input") == 0) return Pure{in.bytes(kMostPureBytes)};
  switch (in.variant(3, "kind of object")) {
    case 0:
      return Owned{read_ref(in)};
    case 1:
      return read_shared(in);
    default:
      return Receiving{read_ref(in)};
  }
}

Argument read_argument(Decoder& in) {
  switch (in.variant(4, "argument")) {
    case 0:
      return GasCoin{};
    case 1:
      return FromInput{in.u16()};
    case 2:
      return FromCommand{in.u16()};
    default: {
      const std::uint16_t command = in.u16();
      return FromResult{command, in.u16()};
    }
  }
}

std::vector<Argument> read_arguments(Decoder& in) {
  return in.vector(kMostArguments, [&] { return read_argument(in); });
}

MoveCall read_call(Decoder& in) {
  MoveCall call;
  call.package.bytes = in.bytes32();
  call.module = in.string(kMostIdentifierBytes);
  call.function = in.string(kMostIdentifierBytes);
  call.type_arguments = in.vector(kMostTypeArguments, [&] { return read_type(in, 1); });
  call.arguments = read_arguments(in);
  return call;
}

Command read_command(Decoder& in) {
  switch (const std::uint32_t kind = in.variant(7, "command")) {
    case 0:
      return read_call(in);
    case 1: {
      auto objects = read_arguments(in);
      return TransferObjects{std::move(objects), read_argument(in)};
    }
    case 2: {
      const Argument coin = read_argument(in);
      return SplitCoins{coin, read_arguments(in)};
    }
    case 3: {
      const Argument destination = read_argument(in);
      return MergeCoins{destination, read_arguments(in)};
    }
    case 5: {
      auto type = in.option([&] { return read_type(in, 1); });
      return MakeVector{std::move(type), read_arguments(in)};
    }
    default:
      in.fail("command " + std::to_string(kind) + " publishes code, which is not supported");
      return MakeVector{};
  }
}

Gas read_gas(Decoder& in) {
  Gas gas;
  gas.payment = in.vector(kMostGasCoins, [&] { return read_ref(in); });
  gas.owner.bytes = in.bytes32();
  gas.price = in.u64();
  gas.budget = in.u64();
  return gas;
}

}  // namespace

Result<Transaction> decode_transaction(std::string_view bytes) {
  Decoder in(bytes);
  if (bytes.size() > kMostTransactionBytes) in.fail("a transaction of " + std::to_string(bytes.size()) + " bytes");
  Transaction transaction;
  if (in.uleb128() != 0) in.fail("only version 1 of transactions is known");
  if (in.uleb128() != 0) in.fail("a transaction that is not programmable");
  transaction.body.inputs = in.vector(kMostInputs, [&] { return read_input(in); });
  transaction.body.commands = in.vector(kMostCommands, [&] { return read_command(in); });
  transaction.sender.bytes = in.bytes32();
  transaction.gas = read_gas(in);
  transaction.last_epoch = in.option([&] { return in.u64(); });
  if (const auto read = in.finish(); !read) return read.error().within("transaction");
  if (const auto sound = check(transaction); !sound) return sound.error();
  return transaction;
}

}  // namespace balans::iota
