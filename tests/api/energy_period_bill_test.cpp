// A whole bill: what is shared, what the supplier is owed, and the example of docs/energy-billing.md.
#include "api/core/energy/period_bill.hpp"

#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <sstream>

#include "api/core/energy/allocation.hpp"
#include "api/core/rfc3339.hpp"

namespace balans::api::energy::test {
namespace {

using journal::Code;

const UnixTime kNoon = *parse_rfc3339("2024-05-06T12:00:00Z");
AgentId name(const std::string& text) { return *AgentId::parse(text); }

BillInput input_of(std::vector<SupplierLine> lines, Funds funds = {}) {
  BillInput input{*SiteId::parse("elm"), {kNoon, kNoon + 10_min}, {}, {"pool", "grid", "supplier"}, {}, funds, {}};
  for (const std::string station : {"car", "roof"}) input.stations.push_back({name(station), station + "-owner", {}});
  input.energy.lines = std::move(lines);
  const Span always{UnixTime(0), kNoon + 10'000 * 60_min};
  input.tariffs = {{TariffKind::Import, trade::Asset::Eur, always, FixedPrice{300'001}},
                   {TariffKind::FeedIn, trade::Asset::Eur, always, FixedPrice{80'000}}};
  return input;
}
SupplierLine line(const std::string& station, std::int64_t bought, std::int64_t sold) {
  return {name(station), kNoon - 15_min, WattHours(bought), WattHours(sold)};
}
PeriodBill bill_of(const BillInput& input, const AllCarried& carried = {}) {
  const auto made = bill(input, carried, BillingRules());
  EXPECT_TRUE(made.ok()) << made.error().message();
  return made ? *made : PeriodBill();
}

TEST(SupplierBill, ChargesImportsPaysForExportsAndCarriesTheRest) {
  const PeriodBill first = bill_of(input_of({line("car", 1500, 0), line("roof", 10, 1000)}));
  ASSERT_EQ(first.payments.size(), 2U);
  EXPECT_EQ(first.payments[0], (Payment{"car-owner", "supplier", *trade::Amount::of(450'001), Code::Tariff, "car"}));
  EXPECT_EQ(first.payments[1], (Payment{"supplier", "roof-owner", *trade::Amount::of(76'999), Code::Tariff, "roof"}));
  EXPECT_EQ(first.carried.supplier, (SupplierCarried{{name("car"), 500}, {name("roof"), -990}}));
  const PeriodBill second = bill_of(input_of({line("car", 1500, 0)}), first.carried);
  EXPECT_EQ(second.payments[0].amount.units(), 450'002);
  EXPECT_FALSE(second.carried.supplier.contains(name("car")));
}

TEST(SupplierBill, CarriesWhatIsNotPaidAndTakesCorrectionsBack) {
  const PeriodBill poor = bill_of(input_of({line("car", 1000, 0)}, {{"car-owner", 100'000}}));
  EXPECT_EQ(poor.totals.supplier.received, 100'000);
  EXPECT_EQ(poor.carried.supplier.at(name("car")), 200'001'000);
  const PeriodBill corrected = bill_of(input_of({line("car", -1000, 0)}), poor.carried);
  EXPECT_EQ(corrected.payments[0],
            (Payment{"supplier", "car-owner", *trade::Amount::of(100'000), Code::Tariff, "car"}));
}

TEST(SupplierBill, PaysTheCommunityFirst) {
  BillInput input = input_of({line("car", 1000, 0)}, {{"car-owner", 300'000}});
  input.energy.shared = {{name("car"), 5000_Wh, 0_Wh}, {name("roof"), 0_Wh, 5000_Wh}};
  const PeriodBill made = bill_of(input);
  EXPECT_EQ(made.totals.peer.billed, 250'000);
  EXPECT_EQ(made.totals.supplier.received, 50'000);
}

TEST(SupplierBill, LosesNoThousandthOverManyPeriods) {
  const std::uint64_t seed = 31;
  std::mt19937_64 random(seed);
  AllCarried carried;
  std::int64_t exact_milli = 0, paid = 0;
  for (int i = 0; i < 2000; ++i) {
    const auto bought = static_cast<std::int64_t>(random() % 3000) - 200;
    const auto sold = static_cast<std::int64_t>(random() % 3000) - 200;
    Funds funds;
    if (random() % 3 == 0) funds["car-owner"] = static_cast<std::int64_t>(random() % 300'000);
    const PeriodBill made = bill_of(input_of({line("car", bought, sold)}, funds), carried);
    exact_milli += bought * 300'001 - sold * 80'000;
    paid += made.totals.supplier.received - made.totals.supplier.paid;
    carried = made.carried;
    ASSERT_EQ(exact_milli, paid * 1000 + carried.supplier[name("car")]) << "seed " << seed << ", period " << i;
  }
}

TEST(SupplierBill, NeedsAPriceForEachSlotOnceThereAreAnyAndDoesNotBillWhereThereAreNone) {
  BillInput input = input_of({line("car", 1000, 0)});
  input.tariffs[0].valid.from = kNoon;
  EXPECT_EQ(bill(input, {}, {}).error().message(),
            "station car, tariff import: there is none for 2024-05-06T11:45:00.000Z");
  input.tariffs.clear();
  EXPECT_TRUE(bill_of(input).payments.empty());
  input.tariffs = {{TariffKind::Import, trade::Asset::Iota, {UnixTime(0), kNoon}, FixedPrice{1}}};
  EXPECT_EQ(bill(input, {}, {}).error().message(), "tariff import: is in IOTA, expected EUR");
}

TEST(Bill, AGoodbyeCountsFromThePeriodThatItLiesIn) {
  BillInput input = input_of({line("car", 1, 0)});
  input.energy.shared = {{name("car"), 5400_Wh, 0_Wh}, {name("roof"), 0_Wh, 5400_Wh}};
  for (const Millis later : {1_ms, 60_min}) {
    input.stations[0].left = input.period.to + later;
    const PeriodBill stays = bill_of(input);
    EXPECT_EQ(stays.totals.peer.billed, 250'000) << "25 units of 25";
    EXPECT_EQ(stays.carried.peer.stations.at(name("car")).wh, 400);
    EXPECT_EQ(stays.carried.supplier.at(name("car")), 1);
  }
  for (const Millis earlier : {0_ms, 5_min, 60_min}) {
    input.stations[0].left = input.period.to - earlier;
    const PeriodBill leaves = bill_of(input);
    EXPECT_EQ(leaves.totals.peer.billed, 270'000) << "5.4 kWh of 5 units";
    EXPECT_FALSE(leaves.carried.peer.stations.contains(name("car")));
    EXPECT_FALSE(leaves.carried.supplier.contains(name("car")));
  }
}

TEST(Bill, NamesStrangersAndBillsThemNothing) {
  BillInput input = input_of({line("gone", -1000, 0)});
  input.energy.shared = {{name("lost"), 9000_Wh, 0_Wh}};
  const PeriodBill made = bill_of(input);
  EXPECT_TRUE(made.payments.empty());
  EXPECT_EQ(made.strangers, (std::vector{name("gone"), name("lost")}));
}

TEST(Bill, EndsAMonthByTheClocksOnTheWalls) {
  const Span utc{*parse_rfc3339("2024-05-31T23:50:00Z"), *parse_rfc3339("2024-06-01T00:00:00Z")};
  const Span local{*parse_rfc3339("2024-05-31T21:50:00Z"), *parse_rfc3339("2024-05-31T22:00:00Z")};
  const TimeZone berlin{60_min, SummerTime::European};
  EXPECT_EQ(remainders_of(utc, {}), Remainders::Flush);
  EXPECT_EQ(remainders_of(utc, berlin), Remainders::Carry);
  EXPECT_EQ(remainders_of(local, berlin), Remainders::Flush);
}

TEST(Bill, NamesEachPaymentOnceAndTheSameWayEachTime) {
  BillInput input = input_of({line("car", 1000, 0), line("roof", 0, 1000)});
  input.energy.shared = {{name("car"), 60'000_Wh, 0_Wh}, {name("roof"), 0_Wh, 60'000_Wh}};
  const PeriodBill made = bill_of(input);
  std::set<std::string> words;
  for (const Payment& payment : made.payments) words.insert(words_of(made, payment));
  EXPECT_EQ(words.size(), made.payments.size());
  EXPECT_TRUE(words.contains("energy elm 2024-05-06T12:00:00.000Z energy car"));
}

TEST(Bill, RefusesRulesOutOfBounds) {
  EXPECT_TRUE(check(BillingRules()).ok());
  BillingRules rules;
  rules.period = 59_s;
  EXPECT_EQ(check(rules).error().message(), "energy.period_s: 59 is outside 60..2678400");
}

// ---- the example of the page ----

std::string euros(std::int64_t units) { return trade::to_decimal(*trade::Amount::of(units), trade::Asset::Eur); }

struct Example {
  std::string slots;
  std::string payments;
  PeriodBill bill;
};

std::vector<Metered> metered_in(int slot) {
  const auto roof = std::array{2400, 1800, 4100, 3000}.at(static_cast<std::size_t>(slot));
  return {{name("car"), 2750_Wh, 0_Wh},
          {name("house"), WattHours(250 + 30 * slot), 0_Wh},
          {name("roof"), 0_Wh, WattHours(roof)}};
}

Example worked_out() {
  Example example;
  std::ostringstream slots, payments;
  BillInput input = input_of({});
  input.stations.push_back({name("house"), "house-owner", {}});
  input.period = {kNoon, kNoon + 60_min};
  for (int slot = 0; slot < 4; ++slot) {
    const UnixTime start = kNoon + slot * 15_min;
    std::map<std::pair<AgentId, Use>, std::int64_t> wh;
    const auto uses = allocate(metered_in(slot));
    for (const EnergyUse& use : *uses) {
      wh[{use.meter, use.use}] = use.energy.count();
      const WattHours none;
      if (use.use == Use::SharedIn) input.energy.shared.push_back({use.meter, use.energy, none});
      if (use.use == Use::SharedOut) input.energy.shared.push_back({use.meter, none, use.energy});
      if (use.use == Use::FromSupplier) input.energy.lines.push_back({use.meter, start, use.energy, none});
      if (use.use == Use::ToSupplier) input.energy.lines.push_back({use.meter, start, none, use.energy});
    }
    slots << "| " << to_rfc3339(start).substr(11, 5);
    for (const std::string meter : {"car", "house"})
      slots << " | " << wh[{name(meter), Use::SharedIn}] << " | " << wh[{name(meter), Use::FromSupplier}];
    slots << " | " << wh[{name("roof"), Use::SharedOut}] << " | " << wh[{name("roof"), Use::ToSupplier}] << " |\n";
  }
  BillingRules rules;
  rules.period = 60_min;
  example.bill = *bill(input, {}, rules);
  for (const Payment& payment : example.bill.payments)
    payments << "| " << payment.payer << " | " << payment.payee << " | " << euros(payment.amount.units()) << " | "
             << journal::name_of(payment.code) << " |\n";
  example.slots = slots.str();
  example.payments = payments.str();
  return example;
}

TEST(Bill, TheExampleOfThePageIsWhatComesOut) {
  std::ifstream file("docs/energy-billing.md");
  std::ostringstream page;
  page << file.rdbuf();
  const Example example = worked_out();
  EXPECT_NE(page.str().find(example.slots), std::string::npos) << example.slots;
  EXPECT_NE(page.str().find(example.payments), std::string::npos) << example.payments;
  std::ostringstream carried;
  for (const CarriedRow& row : rows_of(example.bill.carried))
    carried << "| " << row.station.str() << " | " << row.peer.wh << " | " << euros(row.peer.owed) << " | "
            << row.peer.output_since << " | " << row.supplier_milli << " |\n";
  carried << "\nand the pool " << euros(example.bill.carried.peer.pool) << " EUR";
  EXPECT_NE(page.str().find(carried.str()), std::string::npos) << carried.str();
}

}  // namespace
}  // namespace balans::api::energy::test
