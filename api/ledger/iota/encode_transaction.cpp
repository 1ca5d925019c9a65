#include "api/ledger/iota/bcs.hpp"
#include "api/ledger/iota/transaction.hpp"

namespace balans::iota {
namespace {

using bcs::Encoder;

// Numbers of alternatives on the wire; those of the variants here are others.
constexpr std::uint32_t kVersion1 = 0;
constexpr std::uint32_t kProgrammable = 0;

void put(Encoder& out, const ObjectRef& ref) {
  out.fixed(ref.id.bytes);
  out.u64(ref.version);
  out.uleb128(static_cast<std::uint32_t>(ref.digest.bytes.size()));  // digests are vectors
  out.fixed(ref.digest.bytes);
}

void put(Encoder& out, const TypeTag& type) {
  out.uleb128(static_cast<std::uint32_t>(type.kind));
  const auto each = [&](const TypeTag& inner) { put(out, inner); };
  if (type.kind == TypeKind::Vector) each(type.inner.front());
  if (type.kind != TypeKind::Struct) return;
  out.fixed(type.package.bytes);
  out.bytes(type.module);
  out.bytes(type.name);
  out.vector(type.inner, each);
}

struct PutInput {
  Encoder& out;
  void operator()(const Pure& pure) const { out.uleb128(0), out.bytes(pure.bytes); }
  void operator()(const Owned& owned) const { object(0), put(out, owned.ref); }
  void operator()(const Shared& shared) const {
    object(1);
    out.fixed(shared.id.bytes);
    out.u64(shared.initial_version);
    out.boolean(shared.access == Access::Write);
  }
  void operator()(const Receiving& receiving) const { object(2), put(out, receiving.ref); }

 private:
  void object(std::uint32_t kind) const { out.uleb128(1), out.uleb128(kind); }
};

void put(Encoder& out, const Argument& argument) {
  struct Put {
    Encoder& out;
    void operator()(const GasCoin&) const { out.uleb128(0); }
    void operator()(const FromInput& from) const { out.uleb128(1), out.u16(from.input); }
    void operator()(const FromCommand& from) const { out.uleb128(2), out.u16(from.command); }
    void operator()(const FromResult& from) const { out.uleb128(3), out.u16(from.command), out.u16(from.result); }
  };
  std::visit(Put{out}, argument);
}

void put(Encoder& out, const std::vector<Argument>& arguments) {
  out.vector(arguments, [&](const Argument& argument) { put(out, argument); });
}

struct PutCommand {
  Encoder& out;
  void operator()(const MoveCall& call) const {
    out.uleb128(0);
    out.fixed(call.package.bytes);
    out.bytes(call.module);
    out.bytes(call.function);
    out.vector(call.type_arguments, [this](const TypeTag& type) { put(out, type); });
    put(out, call.arguments);
  }
  void operator()(const TransferObjects& transfer) const {
    out.uleb128(1), put(out, transfer.objects), put(out, transfer.recipient);
  }
  void operator()(const SplitCoins& split) const { out.uleb128(2), put(out, split.coin), put(out, split.amounts); }
  void operator()(const MergeCoins& merge) const {
    out.uleb128(3), put(out, merge.destination), put(out, merge.sources);
  }
  void operator()(const MakeVector& make) const {
    out.uleb128(5);
    out.option(make.type, [this](const TypeTag& type) { put(out, type); });
    put(out, make.elements);
  }
};

void put(Encoder& out, const Programmable& body) {
  out.uleb128(kProgrammable);
  out.vector(body.inputs, [&](const Input& input) { std::visit(PutInput{out}, input); });
  out.vector(body.commands, [&](const Command& command) { std::visit(PutCommand{out}, command); });
}

void put(Encoder& out, const Gas& gas) {
  out.vector(gas.payment, [&](const ObjectRef& ref) { put(out, ref); });
  out.fixed(gas.owner.bytes);
  out.u64(gas.price);
  out.u64(gas.budget);
}

/// Enough for payments, which is what most are.
std::size_t expected_bytes(const Transaction& transaction) {
  return 200 + 48 * transaction.body.inputs.size() + 80 * transaction.gas.payment.size();
}

}  // namespace

std::string encode(const Programmable& body) {
  Encoder out;
  put(out, body);
  return out.take();
}

std::string encode(const Transaction& transaction) {
  Encoder out;
  out.reserve(expected_bytes(transaction));
  out.uleb128(kVersion1);
  put(out, transaction.body);
  out.fixed(transaction.sender.bytes);
  put(out, transaction.gas);
  out.option(transaction.last_epoch, [&](std::uint64_t epoch) { out.u64(epoch); });
  return out.take();
}

}  // namespace balans::iota
