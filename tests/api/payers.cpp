#include "tests/api/payers.hpp"

#include <array>

namespace balans::api::test {
namespace {

constexpr std::int64_t kMostPaid = 1'000'000;

}  // namespace

bool Payer::finish(std::uint16_t port) {
  constexpr int kMostTries = 10'000;
  HttpClient client;
  for (int tries = 0; tries < kMostTries && trouble_.empty(); ++tries) {
    if (asked_.empty() || asked_.back().told != Asked::Told::Nothing) return true;
    if (!ask(client, port)) return false;
  }
  return false;
}

bool Payer::ask(HttpClient& client, std::uint16_t port) {
  if (asked_.empty() || asked_.back().told != Asked::Told::Nothing) {
    invent();
  } else {
    ++asked_again_;
    // Whoever has forgotten the key as well still has the ids.
    if (random_() % 2 == 0) key_ = "payer-" + std::to_string(number_) + "-" + std::to_string(++keys_);
  }
  const auto response = client.send(request(port));
  if (!response.ok()) return false;
  take(response->status, response->body);
  return true;
}

void Payer::take(int status, const std::string& body) {
  if (status == 503) return;  // it comes again
  const bool may_be_made = expected_ != Expected::Refused, may_be_refused = expected_ != Expected::Made;
  Asked& asked = asked_.back();
  if (status == 201 && may_be_made) {
    asked.told = Asked::Told::Made;
    for (const energy::WireTransfer& made : asked.transfers.transfers)
      if (made.kind == journal::Kind::Reserve) open_.push_back(made);
  } else if (status == 409 && may_be_refused) {
    asked.told = Asked::Told::Refused;
  } else {
    trouble_ = "status " + std::to_string(status) + " for " + encode(asked.transfers) + ": " + body;
  }
  ++answered_;
}

void Payer::invent() {
  Asked next{{site_, {}}};
  expected_ = Expected::Made;
  const auto dice = random_() % 8;
  if (dice == 0) {
    next.transfers.transfers = {payment(trade::Asset::Eur, 1), payment(trade::Asset::Eur, 2 * kCreditLimit)};
    expected_ = Expected::Refused;
  } else if (dice <= 2) {
    next.transfers.transfers = together();
  } else if (dice <= 4) {
    next.transfers.transfers = {reserve()};
  } else if (dice <= 6 && !open_.empty()) {
    const std::size_t which = random_() % open_.size();
    next.transfers.transfers = {closing(open_[which])};
    // Its time may be out by now.
    if (open_[which].time_out) expected_ = Expected::Either;
    open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(which));
  } else {
    next.transfers.transfers = {payment(trade::Asset::Kwh, 1 + static_cast<std::int64_t>(random_() % kMostPaid))};
  }
  key_ = "payer-" + std::to_string(number_) + "-" + std::to_string(++keys_);
  asked_.push_back(std::move(next));
}

energy::WireTransfer Payer::payment(trade::Asset asset, std::int64_t amount) {
  energy::WireTransfer made;
  std::array<std::uint8_t, 10> bytes{};
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random_());
  made.id = journal::make_id(UnixTime(1'554'300'000'000 + ++ids_), bytes);
  const std::string number = std::to_string(number_);
  made.payment = {"payer-" + number, "shop-" + number, *trade::Amount::of(amount), journal::Code::Trade,
                  "by " + number + " as " + std::to_string(ids_)};
  made.asset = asset;
  return made;
}

std::vector<energy::WireTransfer> Payer::together() {
  std::vector<energy::WireTransfer> all;
  const auto count = 2 + random_() % 4;
  for (std::uint64_t i = 0; i < count; ++i) {
    all.push_back(payment(trade::Asset::Eur, 1 + static_cast<std::int64_t>(random_() % kMostPaid)));
    if (i % 2 == 1) std::swap(all.back().payment.payer, all.back().payment.payee);
  }
  return all;
}

energy::WireTransfer Payer::reserve() {
  energy::WireTransfer made = payment(trade::Asset::Eur, 2 + static_cast<std::int64_t>(random_() % kMostPaid));
  made.payment.code = journal::Code::Reservation;
  made.kind = journal::Kind::Reserve;
  if (random_() % 3 == 0) made.time_out = Millis(20 * 60'000);
  return made;
}

energy::WireTransfer Payer::closing(const energy::WireTransfer& reserve) {
  const std::int64_t all = reserve.payment.amount.units();
  const bool posts = random_() % 3 != 0;
  const std::int64_t part = 1 + static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(all));
  energy::WireTransfer made = payment(reserve.asset, posts ? part : all);
  made.payment.code = journal::Code::Reservation;
  made.kind = posts ? journal::Kind::Post : journal::Kind::Void;
  made.reserve = reserve.id;
  return made;
}

HttpRequest Payer::request(std::uint16_t port) const {
  HttpRequest request;
  request.method = HttpMethod::Post;
  request.url = "http://127.0.0.1:" + std::to_string(port) + "/v1/transfers";
  request.headers = {
      {"authorization", "Bearer " + token_}, {"content-type", "application/json"}, {"idempotency-key", key_}};
  request.body = encode(asked_.back().transfers);
  return request;
}

}  // namespace balans::api::test
