// balans_iota: how long it takes to build and sign a payment of IOTA, beside what no program can do without: one
// Ed25519 signature, and one hash of the same bytes.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <ctime>
#include <iostream>
#include <vector>

#include "api/ledger/iota/builder.hpp"
#include "api/ledger/iota/signing.hpp"
#include "tests/bench/markers.hpp"

namespace balans::bench {
namespace {

using namespace iota;

constexpr std::array<std::size_t, 3> kRecipients{1, 100, 256};
constexpr double kGoalOfRatio = 1.5, kGoalOf100_us = 200;

[[noreturn]] void give_up(const Error& error) {
  std::cerr << "balans_iota: " << error.message() << "\n";
  std::exit(1);
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

struct Payer {
  explicit Payer(std::size_t recipients) : key(make_ed25519_signer({7})) {
    for (std::size_t i = 0; i < recipients; ++i) {
      Payment payment{{}, 1'000 + i};
      payment.to.bytes[i % 32] = static_cast<std::uint8_t>(i + 1);
      payments.push_back(payment);
    }
    gas.payment = {{{{1}}, 5, {{2}}}};
    gas.owner = address_of(key->public_key());
    gas.price = 1'000;
    gas.budget = 5'000'000;
  }
  /// From recipients and amounts to bytes, digest and signature.
  [[nodiscard]] SignedTransaction pay_all() const {
    auto body = pay(payments);
    if (!body) give_up(body.error());
    auto done = sign({std::move(*body), gas.owner, gas, 100}, *key);
    if (!done) give_up(done.error());
    return std::move(*done);
  }

  std::unique_ptr<Signer> key;
  std::vector<Payment> payments;
  Gas gas;
};

/// Microseconds of processor time for one.
template <class Work>
double time_of(int times, Work&& work) {
  std::uint8_t kept = 0;
  const std::clock_t start = std::clock();
  for (int i = 0; i < times; ++i) kept = static_cast<std::uint8_t>(kept ^ work());
  const std::clock_t taken = std::clock() - start;
  if (kept == 1) std::cerr << "";  // so that nothing is left out as useless
  return 1e6 * static_cast<double>(taken) / CLOCKS_PER_SEC / times;
}

struct Times {
  double payment, bare, ratio;
  std::size_t bytes;
};

/// In turns in the same run; the ratio is of each round, and then the median.
Times measure(const Payer& payer, int rounds, int times) {
  const std::string bytes = payer.pay_all().bytes;
  std::vector<double> payments, bares, ratios;
  for (int round = 0; round < rounds; ++round) {
    payments.push_back(time_of(times, [&] { return payer.pay_all().digest.bytes[0]; }));
    bares.push_back(time_of(times, [&] {
      const Digest hash = blake2b(bytes);
      return payer.key->sign({reinterpret_cast<const char*>(hash.bytes.data()), hash.bytes.size()}).bytes[0];
    }));
    ratios.push_back(payments.back() / bares.back());
  }
  return {median(payments), median(bares), median(ratios), bytes.size()};
}

std::string row(std::size_t recipients, const Times& times) {
  std::string goal;
  if (recipients == 1) goal = times.ratio <= kGoalOfRatio ? "1.5 × bare: reached" : "1.5 × bare: missed";
  if (recipients == 100) goal = times.payment <= kGoalOf100_us ? "200 µs: reached" : "200 µs: missed";
  return fmt::format("| {} | {} | {:.1f} | {:.1f} | **{:.2f}** | {} |\n", recipients, times.bytes, times.payment,
                     times.bare, times.ratio, goal);
}

int run(int argc, char** argv) {
  CLI::App app{"How long it takes to build and sign payments of IOTA."};
  std::string page;
  int rounds = 31, times = 500;
  app.add_option("--page", page, "write the table into this page");
  app.add_option("--rounds", rounds, "medians of so many")->check(CLI::Range(1, 1000))->capture_default_str();
  app.add_option("--times", times, "in each round")->check(CLI::Range(1, 100'000))->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  std::string table =
      fmt::format("Processor time, medians of {} rounds of {}.\n\n", rounds, times) +
      "| recipients | bytes | built and signed, µs | one signature and one hash of the bytes, µs | ratio | goal |\n"
      "| ---: | ---: | ---: | ---: | ---: | --- |\n";
  for (const std::size_t recipients : kRecipients) table += row(recipients, measure(Payer(recipients), rounds, times));
  std::cout << table << std::endl;
  return page.empty() || write_between_markers(page, "iota", table) ? 0 : 1;
}

}  // namespace
}  // namespace balans::bench

int main(int argc, char** argv) { return balans::bench::run(argc, argv); }
