// The contract and the program say the same.
#include <yaml-cpp/yaml.h>

#include <set>

#include "tests/api/street.hpp"

namespace balans::api::test {
namespace {

struct Offered {
  std::string method_and_path;
  bool is_signed;
  std::set<std::string> parameters;
  auto operator<=>(const Offered&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Offered& offered) {
  out << offered.method_and_path << (offered.is_signed ? " signed" : " open");
  for (const std::string& parameter : offered.parameters) out << " " << parameter;
  return out;
}

std::set<Offered> in_the_program() {
  const Street street;
  Api api(street);
  std::set<Offered> all;
  for (const Route& route : api.router.routes())
    all.insert({std::string(name_of(route.method)) + " " + std::string(route.path),
                route.privilege == Privilege::SiteSignature,
                {route.parameters.begin(), route.parameters.end()}});
  return all;
}

Offered offered_in_contract(const std::string& path, const std::string& method, const YAML::Node& operation) {
  Offered offered{method == "get" ? "GET " + path : "POST " + path, !operation["security"].IsDefined(), {}};
  for (const YAML::Node& parameter : operation["parameters"])
    if (parameter["in"] && parameter["in"].as<std::string>() == "query")
      offered.parameters.insert(parameter["name"].as<std::string>());
  return offered;
}

std::set<Offered> in_the_contract() {
  std::set<Offered> all;
  const YAML::Node contract = YAML::LoadFile("api/openapi.yaml");
  for (const auto& path : contract["paths"])
    for (const auto& operation : path.second)
      if (const auto method = operation.first.as<std::string>(); method == "get" || method == "post")
        all.insert(offered_in_contract(path.first.as<std::string>(), method, operation.second));
  return all;
}

TEST(Contract, NamesExactlyTheRoutesThatThereAre) { EXPECT_EQ(in_the_contract(), in_the_program()); }

TEST(Contract, ListsEveryStatusThatTheTableOfRoutesCanGive) {
  const YAML::Node paths = YAML::LoadFile("api/openapi.yaml")["paths"];
  for (const char* status : {"200", "400", "401", "404", "413", "422", "503"})
    EXPECT_TRUE(paths["/v1/sites/{site}/readings"]["post"]["responses"][status].IsDefined()) << status;
}

TEST(Contract, IsServed) {
  const Street street;
  Api api(street);
  EXPECT_EQ(YAML::Load(api.ask(get("/openapi.yaml")).body)["openapi"].as<std::string>(), "3.1.0");
}

}  // namespace
}  // namespace balans::api::test
