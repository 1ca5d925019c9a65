#pragma once
// Streets to decide about: devices of every kind behind a tree of any depth.

#include <cstdint>
#include <vector>

#include "trafo/core/allocate.hpp"

namespace balans::bench {

enum class Load : std::uint8_t {
  Calm,       ///< everybody can have all it asks for
  Congested,  ///< not even all minimums fit: some wait, the others share
};
enum class Turns : std::uint8_t {
  None,     ///< nobody has a past
  Carried,  ///< forty minutes of decisions have gone before; some wait, some have overstayed
};

struct Street {
  BootTime now = BootTime(100'000'000);
  std::vector<GridNode> nodes;
  std::vector<Candidate> candidates;
};

/// About ten devices or nodes below each node; depth 1 is a single node. The same arguments give the same street.
Street street(std::int64_t devices, int depth, Load load, Turns turns);

/// The loop that is found elsewhere: no tree, no phases, no tiers, no minimums. Gives everybody its share of
/// `headroom`; shares and scratch are kept from run to run.
class PlainMaxMin {
 public:
  const std::vector<Milliamps>& share(Milliamps headroom, const std::vector<Milliamps>& caps);

 private:
  std::vector<Milliamps> shares_;
};

}  // namespace balans::bench
