#include "api/http/routes/wallet_parts.hpp"

#include <algorithm>

#include "common/crypto/base64.hpp"

namespace balans::api {
namespace {

/// Texts of a document, wherever they stand.
void wipe_texts(boost::json::value& value) {
  if (auto* text = value.if_string()) wipe(text->data(), text->size());
  if (auto* list = value.if_array())
    for (auto& element : *list) wipe_texts(element);
  if (auto* object = value.if_object())
    for (auto& member : *object) wipe_texts(member.value());
}

struct KindOf {
  WalletRefused::Why why;
  const ProblemKind& kind;
};

const ProblemKind& kind_of(WalletRefused::Why why) {
  using Why = WalletRefused::Why;
  static const std::array<KindOf, 9> kKinds{{{Why::Conflict, problems::kConflict},
                                             {Why::WrongPassword, problems::kWrongPassword},
                                             {Why::TooManyTries, problems::kTooManyTries},
                                             {Why::NoSession, problems::kNoSession},
                                             {Why::TooManySessions, problems::kBusy},
                                             {Why::CoinsBusy, problems::kCoinsBusy},
                                             {Why::TooLittle, problems::kTooLittle},
                                             {Why::TooDear, problems::kTooDear},
                                             {Why::NoAnswer, problems::kChainSilent}}};
  for (const KindOf& each : kKinds)
    if (each.why == why) return each.kind;
  return problems::kInvalidBody;
}

void write_amount(json::Writer& w, std::string_view key, settlement::Amount amount) {
  w.key(key).string(std::to_string(amount.units()));
}

struct WriteState {
  json::Writer& w;
  void operator()(const wallet::Unsigned&) const { nothing(); }
  void operator()(const wallet::Pending&) const { nothing(); }
  void operator()(const wallet::Paid& paid) const {
    write_amount(w, "fee", paid.fee);
    w.key("checkpoint").string(std::to_string(paid.checkpoint)).key("why").string("");
  }
  void operator()(const wallet::Failed& failed) const {
    write_amount(w, "fee", failed.fee);
    w.key("checkpoint").string(std::to_string(failed.checkpoint)).key("why").string(failed.why);
  }
  void operator()(const wallet::Expired& expired) const {
    w.key("fee").null().key("checkpoint").null();
    w.key("why").string("it was unknown in epoch " + std::to_string(expired.epoch));
  }
  void nothing() const { w.key("fee").null().key("checkpoint").null().key("why").string(""); }
};

}  // namespace

void post_to_wallets(const Services& services, Turns& turns, Lane lane, const Call& call, const Reply& reply,
                     std::function<Answer(Store&)> job) {
  const auto turn = turns.take(call.caller.who, kWalletTurns);
  if (turn == nullptr) return reply(problem(problems::kBusy, "too many requests of this caller are under way"));
  const auto posted =
      services.wallets->work.post(lane, [turn, reply, job = std::move(job)](Store& store) { reply(job(store)); });
  if (!posted) reply(problem(problems::kBusy, "try again in a moment"));
}

SecretBody::SecretBody(const std::string& text) {
  auto value = json::parse_strict(text, limits::kWriteBytes);
  if (value && value->is_object()) {
    value_ = *std::move(value);
    reader_.emplace(value_, "", error_, json::PathStyle::Pointer);
  } else {
    error_ = Error{"", "expected a JSON object in which each member stands once"};
  }
}

SecretBody::~SecretBody() { wipe_texts(value_); }

std::string SecretBody::text(std::string_view key, std::size_t most) {
  asked_.emplace_back(key);
  return reader_ ? reader_->string(key, most) : std::string();
}

void SecretBody::fail(std::string_view key, std::string what) {
  if (!error_) error_ = Error{"/" + std::string(key), std::move(what)};
}

std::optional<Error> SecretBody::finish() {
  if (reader_) reader_->finish();
  if (!error_ || error_->where.empty()) return error_;
  const std::string_view name = std::string_view(error_->where).substr(1);
  if (std::find(asked_.begin(), asked_.end(), name) != asked_.end()) return error_;
  return Error{"", "it has a member that is not known here"};
}

std::variant<wallet::Wallet, Response> wallet_of(const Call& call, Store& store) {
  const Response unknown = problem(problems::kNotFound, "no wallet has this id");
  const auto id = journal::parse_id(call.path.at("wallet"));
  if (!id) return unknown;
  auto found = store.wallets().find(*id);
  if (!found) return store_problem();
  if (!*found || !may_see(call, (*found)->site)) return unknown;
  return **std::move(found);
}

WalletCaller caller_of(const Call& call, std::string_view what) {
  const std::string& who = call.caller.who;
  return {who.substr(0, who.find(" (")), std::string(what)};
}

Response refused(const WalletRefused& refusal) {
  if (refusal.why == WalletRefused::Why::Invalid)
    return pointer_problem(problems::kInvalidBody, {refusal.where, refusal.what});
  return problem(kind_of(refusal.why), refusal.what);
}

void write_members(json::Writer& w, const wallet::Wallet& wallet) {
  w.key("id").string(to_text(wallet.id)).key("account").string(to_text(wallet.account)).key("site");
  wallet.site ? w.string(wallet.site->str()) : w.null();
  w.key("chain").string(wallet.chain.str()).key("address").string(wallet.address);
  w.key("public_key").string(to_hex(wallet.key.bytes)).key("kept").string(wallet.seal ? "api" : "owner");
  w.key("made").string(to_rfc3339(wallet.made));
}

void write(json::Writer& w, const wallet::Transaction& transaction, const std::optional<std::string>& link) {
  w.begin_object().key("id").string(to_text(transaction.id)).key("digest").string(transaction.digest);
  w.key("to").string(transaction.payment.address);
  write_amount(w, "amount", transaction.payment.amount);
  write_amount(w, "most_fee", transaction.most_fee);
  w.key("state").string(wallet::name_of(transaction.state));
  w.key("last_epoch").string(std::to_string(transaction.last_epoch));
  w.key("made").string(to_rfc3339(transaction.made));
  std::visit(WriteState{w}, transaction.state);
  w.key("bytes");
  std::holds_alternative<wallet::Unsigned>(transaction.state) ? w.string(to_base64(transaction.bytes)) : w.null();
  w.key("link");
  link ? w.string(*link) : w.null();
  w.end_object();
}

}  // namespace balans::api
