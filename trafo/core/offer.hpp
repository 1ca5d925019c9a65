#pragma once
// What an agent may offer.

#include <optional>
#include <string>

#include "common/messages/messages.hpp"
#include "trafo/core/site.hpp"

namespace balans {

/// Why an offer does not count: what goes beyond its enrolment, with the keys of the files and what was expected.
std::optional<std::string> refusal(const Offer& offer, const Enrolment& agent, const Site& site);

}  // namespace balans
