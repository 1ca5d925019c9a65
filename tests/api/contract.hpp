#pragma once
// The contract as something that requests and answers can be held against.

#include <boost/json/value.hpp>
#include <memory>
#include <string>

#include "api/http/router.hpp"

namespace balans::api::test {

/// As a schema sees it: quoted scalars are texts.
boost::json::value yaml_as_json(const std::string& text);

/// Reads api/openapi.yaml. Fails the test for whatever does not fit it: a status, header, body or content type that the
/// contract does not name, or a body that is not valid by its schema.
class Contract {
 public:
  Contract();
  ~Contract();
  Contract(const Contract&) = delete;
  Contract& operator=(const Contract&) = delete;

  /// A request with a success as its answer is valid too; one that is refused need not be.
  void check(const Request& request, const Answer& answer, const Router& router) const;

 private:
  struct Document;
  std::unique_ptr<Document> document_;
};

}  // namespace balans::api::test
