#include "api/serve.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <iostream>

#include "api/app/refresh.hpp"
#include "api/app/site_history.hpp"
#include "api/app/store_threads.hpp"
#include "api/app/upkeep.hpp"
#include "api/http/front.hpp"
#include "api/http/routes/routes.hpp"
#include "api/settlement_thread.hpp"
#include "api/wallet_threads.hpp"
#include "common/io/runtime/keys.hpp"
#include "common/io/runtime/memory.hpp"
#include "common/io/runtime/notify.hpp"
#include "common/io/runtime/program.hpp"

namespace balans::api {
namespace {

constexpr std::size_t kStoreJobs = 1000;

Result<StoreThreads::Stores> open_stores(const DatabaseAddress& database, std::size_t count) {
  StoreThreads::Stores stores;
  for (std::size_t i = 0; i < count; ++i) {
    auto store = open_store(database);
    if (!store) return store.error();
    stores.push_back(*std::move(store));
  }
  return stores;
}

double resident_bytes() {
  std::ifstream file("/proc/self/statm");
  double pages = 0;
  file >> pages >> pages;
  return pages * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double open_files() {
  std::error_code ignored;
  double count = 0;
  for (std::filesystem::directory_iterator it("/proc/self/fd", ignored), end; it != end; it.increment(ignored)) ++count;
  return count;
}

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
         static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

void measure_server(Metrics& metrics, const ServerCounts& counts) {
  const auto set = [&metrics](std::string_view name, const std::atomic<std::int64_t>& count) {
    metrics.set(name, {}, static_cast<double>(count));
  };
  set("balans_http_connections", counts.connections);
  set("balans_http_streams", counts.streams);
  set("balans_http_connections_total", counts.accepted);
  set("balans_http_timeouts_total", counts.timeouts);
  set("balans_http_streams_dropped_total", counts.dropped_streams);
  set("balans_http_failed_handshakes_total", counts.failed_handshakes);
}

void measure_process(Metrics& metrics, UnixTime started) {
  metrics.set("balans_build_info", {{"version", BALANS_VERSION}}, 1);
  metrics.set("process_resident_memory_bytes", {}, resident_bytes());
  metrics.set("process_open_fds", {}, open_files());
  metrics.set("process_cpu_seconds_total", {}, cpu_seconds());
  metrics.set("process_start_time_seconds", {}, static_cast<double>(started.ms()) / 1000);
}

/// As many files as the system lets us have: each listener is one.
void allow_many_files() {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
}

/// The operator's wallet and what is done with it.
struct HotWallet {
  std::unique_ptr<Signer> key;
  SettlementDesk desk;
  std::unique_ptr<Store> store;
};

/// Whether the key's file is missing, and the chain has been asked with it before: another key would be another wallet.
/// Then nothing is paid out until the file is back.
Result<bool> is_lost(const std::filesystem::path& key, Store& store, const settlement::ChainName& chain,
                     EventLog& events) {
  std::error_code ignored;
  if (std::filesystem::exists(key, ignored)) return false;
  const auto cursor = store.settlements().cursor(chain);
  if (!cursor) return cursor.error();
  if (!*cursor) return false;
  events.write("hot-wallet-missing", {{"chain", chain.str()},
                                      {"file", key.string()},
                                      {"address", (*cursor)->address.value_or("")},
                                      {"error", "the key that was made before is not there: nothing is paid out"}});
  return true;
}

/// Nothing where nothing is to be paid out.
Result<std::optional<HotWallet>> open_wallet(const Config& config, EventLog& events) {
  if (!config.settlement || !config.settlement->key) return std::optional<HotWallet>();
  auto store = open_store(config.database);
  if (!store) return store.error();
  const settlement::ChainName chain = terms_of(*config.settlement, config.roster.deployment).books.chain;
  const auto lost = is_lost(*config.settlement->key, **store, chain, events);
  if (!lost) return lost.error();
  if (*lost) return std::optional<HotWallet>();
  auto key = own_key(*config.settlement->key);
  if (!key) return key.error().within("settlement.iota.key");
  auto desk = settlement_desk(*config.settlement, config.roster.deployment, (*key)->public_key());
  if (!desk) return desk.error();
  return std::optional(HotWallet{*std::move(key), *std::move(desk), *std::move(store)});
}

/// The operator's own address: the key's, or without one the address that the chain was asked with before.
Result<std::optional<std::string>> hot_address(const Config& config, const std::optional<HotWallet>& wallet,
                                               Store& store) {
  if (wallet) return std::optional(wallet->desk.wallets.hot);
  if (!config.settlement) return std::optional<std::string>();
  const auto cursor = store.settlements().cursor(terms_of(*config.settlement, config.roster.deployment).books.chain);
  if (!cursor) return cursor.error();
  return *cursor ? (*cursor)->address : std::optional<std::string>();
}

/// Nothing where no chain is configured. `hot`: the operator's own address, where there is one.
Result<std::unique_ptr<WalletThreads>> open_wallets(const Config& config, std::optional<std::string> hot,
                                                    const Clock& clock) {
  if (!config.settlement) return std::unique_ptr<WalletThreads>();
  auto stores = open_stores(config.database, 2);
  if (!stores) return stores.error();
  WalletTerms terms{config.roster.deployment, config.settlement->network};
  terms.operator_address = std::move(hot);
  terms.expiry_epochs = config.settlement->rules.expiry_epochs;
  return std::make_unique<WalletThreads>(std::move(terms), std::move(stores->front()), std::move(stores->back()),
                                         clock);
}

/// All that serves requests. Members are in the order they need each other.
class Service {
 public:
  Service(const Config& config, Server& server, const Signer& key, StoreThreads::Stores writers,
          StoreThreads::Stores readers, const SettlementDesk* settlement, std::unique_ptr<WalletThreads> wallets,
          const Clock& clock, EventLog& events)
      : server_(server),
        clock_(clock),
        metrics_(api_families()),
        live_(server, clock),
        ingest_readings_(config.retention, clock, events),
        give_order_(key),
        orders_(server),
        access_({config.roster, {}}),
        work_(std::move(writers), std::move(readers), kStoreJobs),
        ingest_(ingest_readings_, work_),
        history_(work_, clock, events),
        stops_(give_order_, [this] { refresh_.soon(); }),
        bills_(config.billing, access_, stops_, events),
        upkeep_(work_, config.retention, bills_, clock, events),
        refresh_(config.roster, access_, orders_, work_, clock, events),
        wallets_(std::move(wallets)),
        services_{clock,
                  live_,
                  ingest_,
                  give_order_,
                  orders_,
                  metrics_,
                  tries_,
                  config.billing,
                  [this] { refresh_.soon(); },
                  [this](Metrics& metrics) { measure(metrics); },
                  settlement,
                  wallets_ ? &wallets_->service() : nullptr},
        router_(access_, work_, clock, all_routes(services_)),
        front_(router_, metrics_, events, clock,
               {config.origins, config.log_all_requests ? LogRequests::All : LogRequests::Problems}) {
    live_.on_news([this](const TrafoState& state, const std::vector<SiteEvent>& news) { history_.take(state, news); });
  }

  /// Jobs under way use what is declared after the threads.
  ~Service() {
    if (wallets_) wallets_->stop();
    work_.stop();
  }
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  Result<void> prepare(Store& store) { return refresh_.now(store); }
  void run(Supervisor& supervisor) {
    MemoryOfStart memory(clock_.boot());
    server_.run(front_, [&] {
      memory.look(clock_.boot());
      refresh_.soon();
      history_.beat();
      upkeep_.beat();
      if (wallets_) wallets_->beat();
      supervisor.beat("serves " + std::to_string(access_.now()->roster.sites.size()) + " sites on port " +
                      std::to_string(server_.port()));
    });
  }
  void finish(Store& store) { history_.finish(store); }
  [[nodiscard]] Metrics& metrics() { return metrics_; }

 private:
  void measure(Metrics& metrics) {
    measure_server(metrics, server_.counts());
    measure_process(metrics, started_);
    for (const auto& [lane, name] : {std::pair{Lane::Read, "read"}, std::pair{Lane::Write, "write"}})
      metrics.set("balans_store_jobs", {{"lane", name}}, static_cast<double>(work_.pending(lane)));
    std::size_t heard = 0;
    const auto access = access_.now();
    for (const auto& [site, enrolled] : access->roster.sites) {
      const LiveState* live = live_.of(site);
      if (live != nullptr && clock_.boot() - live->received < 60_s) ++heard;
    }
    metrics.set("balans_sites", {}, static_cast<double>(access->roster.sites.size()));
    metrics.set("balans_sites_heard", {}, static_cast<double>(heard));
    metrics.set("balans_orders_waiting", {}, static_cast<double>(orders_.waiting()));
  }

  Server& server_;
  const Clock& clock_;
  const UnixTime started_ = clock_.utc();
  Metrics metrics_;
  LiveStates live_;
  IngestReadings ingest_readings_;
  GiveOrder give_order_;
  OrderFeed orders_;
  PairingTries tries_;
  AccessBook access_;
  StoreThreads work_;
  IngestQueue ingest_;
  SiteHistory history_;
  CreditStops stops_;
  BillSites bills_;
  Upkeep upkeep_;
  Refresh refresh_;
  const std::unique_ptr<WalletThreads> wallets_;
  Services services_;
  Router router_;
  Front front_;
};

}  // namespace

ServerOptions server_options(const Config& config) {
  ServerOptions options;
  options.host = config.host;
  options.port = config.port;
  if (config.tls) options.tls = TlsFiles{config.tls->certificate, config.tls->key};
  options.max_connections = config.connections;
  options.max_streams = config.listeners;
  return options;
}

Result<std::unique_ptr<Signer>> own_key(const std::filesystem::path& file) {
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored))
    if (const auto made = create_key_file(file); !made) return made.error();
  return load_signer(file);
}

Result<int> serve(const Config& config, Server& server, const Clock& clock, EventLog& events) {
  allow_many_files();
  const auto key = own_key(config.key);
  if (!key) return key.error();
  if (const auto migrated = migrate(config.database); !migrated) return migrated.error();
  const bool embedded = std::holds_alternative<std::filesystem::path>(config.database);
  auto writers = open_stores(config.database, embedded ? 1 : config.database_connections);
  if (!writers) return writers.error();
  auto readers = open_stores(config.database, embedded ? 1 : config.database_connections);
  if (!readers) return readers.error();
  const auto own = open_store(config.database);
  if (!own) return own.error();
  auto wallet = open_wallet(config, events);
  if (!wallet) return wallet.error();
  const auto hot = hot_address(config, *wallet, **own);
  if (!hot) return hot.error();
  auto wallets = open_wallets(config, *hot, clock);
  if (!wallets) return wallets.error();
  {
    Service service(config, server, **key, *std::move(writers), *std::move(readers),
                    *wallet ? &(*wallet)->desk : nullptr, *std::move(wallets), clock, events);
    if (const auto ready = service.prepare(**own); !ready) return ready.error();
    std::optional<SettlementThread> settlement;
    if (*wallet) {
      events.write("hot-wallet",
                   {{"chain", (*wallet)->desk.terms.books.chain.str()}, {"address", (*wallet)->desk.wallets.hot}});
      settlement.emplace(std::move((*wallet)->store), *config.settlement, (*wallet)->desk, *(*wallet)->key, clock,
                         events, service.metrics());
    }
    events.write("listening", {{"host", config.host},
                               {"port", static_cast<std::int64_t>(server.port())},
                               {"key", to_hex((*key)->public_key().bytes)}});
    std::cout << "listening on " << (config.tls ? "https://" : "http://") << config.host << ":" << server.port() << "/"
              << std::endl;
    Supervisor supervisor = Supervisor::from_environment();
    service.run(supervisor);
    supervisor.stopping();
    service.finish(**own);
  }
  events.write("stopped");
  return kExitOk;
}

}  // namespace balans::api
