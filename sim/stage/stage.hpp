#pragma once
// The whole main job on one machine, each program a process of its own: a broker, the street, one controller, one agent
// for each device, one api. The demo runs on it; so do the tests that break things.
//
//   Result<std::unique_ptr<Stage>> stage = Stage::create(options);  // refuses wrong options, starts nothing
//   stage->start();
//   stage->wait_for([&] { return stage->last_event("charger-1", "lease-accepted").has_value(); }, 10s);
//   stage->kill("broker");  …  stage->restart("broker");

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>

#include "common/defaults.hpp"
#include "common/io/clock/clock.hpp"
#include "sim/stage/chain.hpp"
#include "sim/stage/child.hpp"
#include "sim/stage/money.hpp"
#include "sim/stage/site_setup.hpp"
#include "sim/stage/watch.hpp"
#include "sim/street/arguments.hpp"

namespace balans::sim {

/// Where money goes that is paid out.
enum class PayoutLedger : std::uint8_t {
  None,      ///< nowhere: it stays in the journal, in EUR
  IotaLocal  ///< to a network of IOTA that is one more process of the run, and accounts are in IOTA
};

struct StageOptions {
  StreetArguments street;          ///< what the street is, its speed, how long it runs
  std::filesystem::path programs;  ///< folder of balans-sim, balans-trafo, balans-chargepoint, balans-api
  PayoutLedger ledger = PayoutLedger::None;
  std::filesystem::path iota_node;            ///< node.mjs, with its SDK installed; for IotaLocal
  std::optional<std::filesystem::path> keep;  ///< run folder that stays; absent: a temporary one that goes
  Millis ttl = defaults::kTtl;
  Millis failsafe_hold = defaults::kFailsafeHold;
  Millis status_every = defaults::kStatusEvery;
  Millis reading_every = defaults::kReadingEvery;
  std::int64_t margin_percent = 3;
  /// Real time between the start of the clock and the moment from which truth is counted: all programs are to be up.
  std::chrono::milliseconds run_in{8000};
  std::chrono::milliseconds patience{30'000};  ///< real time for a program to become ready
};

class Stage {
 public:
  /// Reads the data and writes keys and configuration; starts nothing yet.
  static Result<std::unique_ptr<Stage>> create(const StageOptions& options);
  /// Stops what still runs; removes the run folder unless it is to be kept.
  ~Stage();
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  /// Starts everything that the policy needs and returns when all of it is ready. To be called from a thread that lives
  /// as long as the stage, and so is restart(): the processes die with it.
  Result<void> start();

  // Process names: broker, street, trafo, api, iota-node where there is one, and each device's agent by the device's
  // id.
  [[nodiscard]] std::vector<std::string> processes() const;
  void kill(const std::string& process);              ///< SIGKILL, and gone when this returns
  void send(const std::string& process, int signal);  ///< SIGSTOP, SIGCONT, …
  /// With the same command line, after kill(). Not the street: it would listen on other ports.
  Result<void> restart(const std::string& process);
  [[nodiscard]] bool running(const std::string& process);
  /// A command of sim/street/commands.hpp; returns when the street has done it.
  Result<void> tell_street(const std::string& json_line);

  using Event = boost::json::object;
  /// Looks at everything that was written since; keeps the newest 100 000 events of each process.
  void refresh();
  /// Refreshes until `done` or `most` real time is over. False when it is over, at an interrupt, or when a process has
  /// died that nobody killed.
  bool wait_for(const std::function<bool()>& done, std::chrono::milliseconds most);
  /// From any thread: every wait ends.
  void interrupt() { watch_.interrupt(); }
  [[nodiscard]] bool interrupted() const { return watch_.interrupted(); }

  [[nodiscard]] const std::deque<Event>& events(const std::string& process) const;
  /// The newest event with this name, and its number of occurrences.
  [[nodiscard]] std::optional<Event> last_event(const std::string& process, std::string_view name) const;
  [[nodiscard]] std::size_t count_events(const std::string& process, std::string_view name) const;
  /// The street's newest 100 000 seconds, one object each, as sim/street/ledger.hpp writes them.
  [[nodiscard]] const std::deque<Event>& truth() const { return truth_; }
  /// Processes that died though nobody asked them to, with their last words.
  [[nodiscard]] const std::vector<std::string>& failures() const { return failures_; }

  /// What the programs complain of and nobody was told yet: "charger-1: fault: device does not answer". Each kind of
  /// each program once, at most 100 in a run.
  std::vector<std::string> take_troubles() { return std::exchange(troubles_, {}); }

  [[nodiscard]] const RunFolder& folder() const { return folder_; }
  [[nodiscard]] const Sources& sources() const { return sources_; }
  [[nodiscard]] std::string page() const;  ///< address of the api's page; empty where there is none
  /// What its readers have to show.
  [[nodiscard]] const std::string& token() const { return token_; }
  [[nodiscard]] const Clock& clock() const { return *clock_; }
  /// Whether the minutes that were asked for are over.
  [[nodiscard]] bool run_is_over();

  /// What chain and journal say now of what was paid out; empty where there is no chain.
  [[nodiscard]] Result<boost::json::object> chain_now() const;
  /// How many readings the api has stored.
  Result<std::int64_t> count_readings();
  /// Stops everything and gives the summary of the run.
  boost::json::object finish();

 private:
  struct Process {
    ChildSpec spec;
    std::unique_ptr<Child> child;
    bool expected_to_run = false;
    GrowingFile events;
    std::deque<Event> seen;
  };

  explicit Stage(StageOptions options) : options_(std::move(options)), truth_file_("") {}
  Result<void> prepare();
  Result<void> prepare_site_files(const StreetSetup& setup);
  Result<void> make_run_folder();
  Result<void> start_street_and_api();
  Result<std::string> make_token(const std::string& name, const std::string& scope);
  Result<void> make_tokens();
  Result<void> start_chain();
  Result<void> pay_out_on_chain();
  /// The same, once they agree, or patience ends.
  Result<boost::json::object> chain_summary();
  Result<void> start_api();
  Result<void> start_site();
  Result<void> launch(const std::string& name, std::vector<std::string> arguments, ChildInput input);
  Result<void> launch_program(const std::string& name, const std::string& program, const std::filesystem::path& config);
  Result<void> await(const std::string& what, const std::function<bool()>& done);
  Result<void> read_ports();
  [[nodiscard]] std::vector<std::string> street_arguments() const;
  [[nodiscard]] std::vector<AgentId> devices() const;
  [[nodiscard]] bool street_command_answered(std::int64_t line);
  void take_event(const std::string& process, const std::string& line);
  void note_trouble(const std::string& process, const Event& event);
  void count_state(const std::string& process, const Event& event);
  void read_truth();
  void note_deaths();
  void stop_all();
  void add_chain(boost::json::object& summary, const boost::json::object& chain);
  void add_agents_sums(boost::json::object& summary) const;

  StageOptions options_;
  std::string token_;
  MoneyDesk desk_;
  std::optional<LocalChain> chain_;
  std::vector<ChainPayee> payees_;
  StreetOptions street_options_;
  RunFolder folder_;
  Sources sources_;
  SitePlan plan_;
  SiteKeys keys_;
  std::string sim_clock_;
  std::unique_ptr<Clock> clock_;
  UnixTime counted_until_{INT64_MAX};  ///< what agents do after the run does not count
  std::map<std::string, Process> processes_;
  std::vector<std::string> start_order_;
  ModbusPlace meter_;
  std::map<std::string, ModbusPlace> devices_;
  Watch watch_;
  GrowingFile truth_file_;
  std::deque<Event> truth_;
  std::int64_t commands_ = 0;
  std::int64_t ready_after_s_ = 0;  ///< seconds of the run that had passed when all followed
  std::map<std::string, std::int64_t> failsafe_entries_;
  std::set<std::string> has_followed_;
  std::vector<std::string> failures_;
  std::vector<std::string> troubles_;
  std::set<std::string> known_troubles_;  ///< program, event and topic
};

}  // namespace balans::sim
