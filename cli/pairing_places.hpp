#pragma once
// What both ends of `balans pair` read before and write after the conversation.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "cli/ca.hpp"
#include "cli/roster.hpp"
#include "common/crypto/secret.hpp"
#include "common/io/pairing/agent_side.hpp"
#include "common/io/pairing/trafo_side.hpp"

namespace balans::cli {

inline constexpr std::uint16_t kPairingPort = 8884;

// ---- on the agent's machine ----

struct AgentPlaces {
  std::filesystem::path keys = "/etc/balans/keys";
  std::filesystem::path tls = "/etc/balans/tls";
  std::filesystem::path agents = "/etc/balans/agents";
  std::optional<std::string> owner;  ///< of the keys; default: balans-chargepoint, where there is one
};

/// The agent's two keys: those that lie on this machine, else fresh ones that are in memory only until write().
class AgentIdentity {
 public:
  static Result<AgentIdentity> load_or_make(const AgentPlaces& places, const AgentId& agent);

  [[nodiscard]] pairing::AgentKeys keys() const { return {*device_, *tls_}; }
  /// Keys, certificates, and the config file where there is none yet.
  Result<Report> write(const pairing::Grant& grant) const;

 private:
  AgentIdentity(AgentPlaces places, AgentId agent) : places_(std::move(places)), agent_(std::move(agent)) {}
  [[nodiscard]] std::filesystem::path device_file() const { return places_.keys / (agent_.str() + ".key"); }
  [[nodiscard]] std::filesystem::path tls_file() const { return places_.tls / (agent_.str() + ".key"); }
  [[nodiscard]] Result<void> own(const std::filesystem::path& file) const;
  Result<void> write_keys(Report& report) const;
  Result<void> write_config(const pairing::Grant& grant, Report& report) const;

  AgentPlaces places_;
  AgentId agent_;
  std::optional<Secret<32>> fresh_seed_;
  bool fresh_tls_ = false;
  std::unique_ptr<Signer> device_;
  std::unique_ptr<pki::PrivateKey> tls_;
};

/// The keys of agent.yaml that say who it is; the rest, commented, with `Whole::Yes`.
enum class Whole : std::uint8_t { No, Yes };
std::string agent_yaml(const AgentPlaces& places, const AgentId& agent, const pairing::Grant& grant, Whole whole);

// ---- on the controller's machine ----

struct EnrolWish {
  std::optional<AgentId> only;      ///< no other agent is taken
  std::optional<NewDevice> device;  ///< for an agent that is not in site.yaml yet
  std::string broker_host;          ///< what agents reach the broker by; empty: what this one has reached us by
};

/// Checks what can be known before the listener opens.
Result<SiteIdentity> ready_to_enrol(const CaPlaces& places, const EnrolWish& wish);

struct Enrolled {
  Report report;
  bool took_back = false;  ///< older certificates of the same name: the broker has to hear of it
};

/// `done` gathers what was done, and has to outlive the registrar.
pairing::Registrar make_registrar(const CaPlaces& places, const EnrolWish& wish, Enrolled& done);

}  // namespace balans::cli
