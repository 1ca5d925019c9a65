#include "tests/api/iota/vectors.hpp"

#include <stdexcept>

#include "api/ledger/iota/base58.hpp"

namespace balans::iota::test {
namespace {

std::vector<Payment> payments_of(const bj::value& build) {
  std::vector<Payment> payments;
  for (const bj::value& output : build.at("outputs").as_array())
    payments.push_back({*parse_address(text_at(output, "to")), number_at(output, "amount")});
  return payments;
}

Programmable pay_result(const bj::value& build) {
  const Payment payment = payments_of(build).front();
  Builder builder;
  builder.split(GasCoin{}, {builder.pure_u64(payment.nanos)});
  builder.transfer({FromCommand{0}}, builder.pure_address(payment.to));
  return builder.take();
}

Programmable merge_split(const bj::value& build) {
  Builder builder;
  const Argument into = builder.object(Owned{ref_of(build.at("destination"))});
  std::vector<Argument> sources;
  for (const bj::value& source : build.at("sources").as_array())
    sources.push_back(builder.object(Owned{ref_of(source)}));
  const Payment payment = payments_of(build).front();
  const Argument amount = builder.pure_u64(payment.nanos), to = builder.pure_address(payment.to);
  builder.merge(into, sources);
  builder.transfer(builder.split(into, {amount}), to);
  return builder.take();
}

/// `package::module::function`.
MoveCall call_of(const bj::value& build) {
  const std::string target = text_at(build, "target");
  const std::size_t module = target.find("::"), function = target.rfind("::");
  MoveCall call;
  call.package = *parse_object_id(target.substr(0, module));
  call.module = target.substr(module + 2, function - module - 2);
  call.function = target.substr(function + 2);
  for (const bj::value& type : build.at("type_arguments").as_array())
    call.type_arguments.push_back(*parse_type_tag(std::string(type.as_string())));
  return call;
}

Programmable open_channel(const bj::value& build) {
  Builder builder;
  MoveCall call = call_of(build);
  const Argument amount = builder.pure_u64(number_at(build, "split_amount"));
  call.arguments = {GasCoin{}, builder.pure_address(*parse_address(text_at(build, "payee"))),
                    builder.pure_bytes(bytes_of_hex(text_at(build, "key_hex"))),
                    builder.pure_u64(number_at(build, "timeout_ms"))};
  call.arguments.front() = builder.split(GasCoin{}, {amount}).front();
  builder.call(call);
  return builder.take();
}

Programmable close_channel(const bj::value& build) {
  Builder builder;
  MoveCall call = call_of(build);
  for (const bj::value& shared : build.at("shared").as_array())
    call.arguments.push_back(
        builder.object(Shared{*parse_object_id(text_at(shared, "objectId")), number_at(shared, "initialSharedVersion"),
                              shared.at("mutable").as_bool() ? Access::Write : Access::Read}));
  call.arguments.push_back(builder.pure_u64(number_at(build, "cumulative")));
  call.arguments.push_back(builder.pure_bytes(bytes_of_hex(text_at(build, "signature_hex"))));
  builder.call(call);
  return builder.take();
}

Programmable body_of(const bj::value& build) {
  const std::string type = text_at(build, "type");
  if (type == "pay") return *pay(payments_of(build));
  if (type == "pay_from_coin") return *pay_from(ref_of(build.at("coin")), payments_of(build));
  if (type == "pay_result") return pay_result(build);
  if (type == "merge_split") return merge_split(build);
  if (type == "transfer_object") return transfer(ref_of(build.at("object")), *parse_address(text_at(build, "to")));
  if (type == "move_call") return build.as_object().contains("shared") ? close_channel(build) : open_channel(build);
  throw std::runtime_error("vectors hold a kind of transaction that this test does not know: " + type);
}

}  // namespace

std::string bytes_of_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  return bytes;
}

std::unique_ptr<Signer> signer_of(const std::string& seed_hex) {
  return make_ed25519_signer(*bytes32_from_hex(seed_hex));
}

ObjectRef ref_of(const bj::value& value) {
  return {*parse_object_id(text_at(value, "objectId")), number_at(value, "version"),
          *digest_from_base58(text_at(value, "digest"))};
}

Transaction transaction_of(const bj::value& vector) {
  Transaction transaction;
  transaction.body = body_of(vector.at("build"));
  transaction.sender = *parse_address(text_at(vector, "sender"));
  const bj::value& gas = vector.at("gas");
  for (const bj::value& coin : gas.at("payment").as_array()) transaction.gas.payment.push_back(ref_of(coin));
  transaction.gas.owner = *parse_address(text_at(gas, "owner"));
  transaction.gas.price = number_at(gas, "price");
  transaction.gas.budget = number_at(gas, "budget");
  const bj::value& epoch = vector.at("expiration_epoch");
  if (!epoch.is_null()) transaction.last_epoch = number_at(vector, "expiration_epoch");
  return transaction;
}

}  // namespace balans::iota::test
