// The contract and the program say the same.
#include <yaml-cpp/yaml.h>

#include <boost/json/parse.hpp>
#include <set>

#include "tests/api/street.hpp"

namespace balans::api::test {
namespace {

struct Offered {
  std::string method_and_path;
  std::string privilege;
  bool is_keyed;
  std::set<std::string> parameters;
  auto operator<=>(const Offered&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Offered& offered) {
  out << offered.method_and_path << " " << offered.privilege << (offered.is_keyed ? " keyed" : "");
  for (const std::string& parameter : offered.parameters) out << " " << parameter;
  return out;
}

std::string name_of(Privilege privilege) {
  switch (privilege) {
    case Privilege::Open:
      return "open";
    case Privilege::Read:
      return "read";
    case Privilege::Operate:
      return "operate";
    case Privilege::Administer:
      return "administer";
    case Privilege::SiteSignature:
      return "site";
  }
  return "";
}

std::set<Offered> in_the_program() {
  const Street street;
  Api api(street);
  std::set<Offered> all;
  for (const Route& route : api.router.routes())
    all.insert({std::string(name_of(route.method)) + " " + std::string(route.path),
                name_of(route.privilege),
                route.repeated != Repeated::Harmless,
                {route.parameters.begin(), route.parameters.end()}});
  return all;
}

std::string privilege_in_contract(const YAML::Node& operation) {
  const YAML::Node security = operation["security"];
  if (!security.IsDefined()) return "nothing is said";
  if (security.size() == 0) return "open";
  return security[0]["siteKey"].IsDefined() ? "site" : security[0]["token"][0].as<std::string>();
}

Offered offered_in_contract(const std::string& path, std::string method, const YAML::Node& operation) {
  for (char& c : method) c = static_cast<char>(std::toupper(c));
  Offered offered{method + " " + path, privilege_in_contract(operation), false, {}};
  for (const YAML::Node& parameter : operation["parameters"]) {
    if (parameter["$ref"] && parameter["$ref"].as<std::string>().ends_with("/Key")) offered.is_keyed = true;
    if (parameter["in"] && parameter["in"].as<std::string>() == "query")
      offered.parameters.insert(parameter["name"].as<std::string>());
  }
  return offered;
}

std::set<Offered> in_the_contract() {
  std::set<Offered> all;
  const YAML::Node contract = YAML::LoadFile("api/openapi.yaml");
  for (const auto& path : contract["paths"])
    for (const auto& operation : path.second)
      if (const auto method = operation.first.as<std::string>(); method != "parameters")
        all.insert(offered_in_contract(path.first.as<std::string>(), method, operation.second));
  return all;
}

TEST(Contract, NamesExactlyTheRoutesThatThereAre) { EXPECT_EQ(in_the_contract(), in_the_program()); }

TEST(Contract, ListsEveryStatusThatTheTableOfRoutesCanGive) {
  const YAML::Node paths = YAML::LoadFile("api/openapi.yaml")["paths"];
  for (const char* status : {"200", "400", "401", "404", "413", "422", "503"})
    EXPECT_TRUE(paths["/v1/sites/{site}/readings"]["post"]["responses"][status].IsDefined()) << status;
}

std::set<std::string> fields(const boost::json::value& value) {
  std::set<std::string> names;
  for (const auto& [name, member] : value.as_object()) names.emplace(name);
  return names;
}

class Schema {
 public:
  explicit Schema(const std::string& name) : node_(YAML::LoadFile("api/openapi.yaml")["components"]["schemas"][name]) {}

  [[nodiscard]] std::set<std::string> properties() const {
    std::set<std::string> names;
    for (const auto& property : node_["properties"]) names.insert(property.first.as<std::string>());
    return names;
  }
  [[nodiscard]] std::set<std::string> required() const { return texts(node_["required"]); }
  [[nodiscard]] std::set<std::string> names() const { return texts(node_["enum"]); }
  [[nodiscard]] std::set<std::string> names(const char* property) const {
    return texts(node_["properties"][property]["enum"]);
  }

 private:
  static std::set<std::string> texts(const YAML::Node& list) {
    std::set<std::string> all;
    for (const YAML::Node& text : list) all.insert(text.as<std::string>());
    return all;
  }
  YAML::Node node_;
};

TEST(Contract, NamesEveryFieldThatAStateCanHave) {
  const boost::json::value state = boost::json::parse(encode(Street().full_state()));
  EXPECT_EQ(Schema("TrafoState").properties(), fields(state));
  EXPECT_EQ(Schema("Node").properties(), fields(state.at("nodes").at(1)));
  EXPECT_EQ(Schema("Device").properties(), fields(state.at("devices").at(0)));
  EXPECT_EQ(Schema("Meter").properties(), fields(state.at("meters").at(0)));
  EXPECT_EQ(Schema("Temperatures").properties(), fields(state.at("temperatures")));
  EXPECT_EQ(Schema("OutsideLimit").properties(), fields(state.at("outside").at(0)));
}

TEST(Contract, RequiresWhatEveryStateHas) {
  TrafoState bare = Street().state(0);
  bare.meters.emplace_back();
  bare.outside.emplace_back();
  const boost::json::value state = boost::json::parse(encode(bare));
  EXPECT_EQ(Schema("TrafoState").required(), fields(state));
  EXPECT_EQ(Schema("Node").required(), fields(state.at("nodes").at(0)));
  EXPECT_EQ(Schema("Meter").required(), fields(state.at("meters").at(0)));
  EXPECT_EQ(Schema("OutsideLimit").required(), fields(state.at("outside").at(0)));
}

TEST(Contract, ListsTheNamesThatTheMessagesKnow) {
  EXPECT_EQ(Schema("Reason").names(), names_of<Reason>());
  EXPECT_EQ(Schema("MeterQuality").names(), names_of<MeterQuality>());
  EXPECT_EQ(Schema("AgentState").names(), names_of<AgentState>());
  EXPECT_EQ(Schema("Device").names("kind"), names_of<DeviceKind>());
  EXPECT_EQ(Schema("Device").names("vehicle"), names_of<VehicleState>());
}

TEST(Contract, IsServed) {
  const Street street;
  Api api(street);
  EXPECT_EQ(YAML::Load(api.ask(get("/openapi.yaml")).body)["openapi"].as<std::string>(), "3.1.0");
}

}  // namespace
}  // namespace balans::api::test
