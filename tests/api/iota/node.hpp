#pragma once
// Nodes that answer as a test tells them.

#include <deque>
#include <string>
#include <vector>

#include "api/ledger/iota/transport.hpp"
#include "common/units.hpp"

namespace balans::iota::test {

class FakeNodes final : public Transport {
 public:
  struct Asked {
    std::string endpoint;
    std::string body;
  };

  Result<std::string> post(const std::string& endpoint, const std::string& body) override {
    asked.push_back({endpoint, body});
    if (answers.empty()) return Error{endpoint, "no answer was planned"};
    Result<std::string> next = answers.front();
    answers.pop_front();
    return next;
  }
  void answer(const std::string& result) {
    answers.emplace_back(R"({"jsonrpc":"2.0","id":1,"result":)" + result + "}");
  }
  void refuse(int code, const std::string& message) {
    answers.emplace_back(R"({"jsonrpc":"2.0","id":1,"error":{"code":)" + std::to_string(code) + R"(,"message":")" +
                         message + R"("}})");
  }
  void be_silent() { answers.emplace_back(Error{"node", "timeout"}); }

  std::deque<Result<std::string>> answers;
  std::vector<Asked> asked;
};

/// 0x and 64 digits.
inline std::string id_text(char digit) { return "0x" + std::string(64, digit); }

/// An answer's effects with version numbers as numbers, as full nodes write them.
inline std::string effects_json(const std::string& digest, const std::string& status = R"({"status":"success"})") {
  const std::string object_digest = std::string(32, '1');
  const std::string reference =
      R"({"objectId":")" + id_text('a') + R"(","version":9,"digest":")" + object_digest + R"("})";
  return R"({"messageVersion":"v1","status":)" + status +
         R"(,"executedEpoch":"7","gasUsed":{"computationCost":"1000000","computationCostBurned":"1000000",)"
         R"("storageCost":"1960800","storageRebate":"980400","nonRefundableStorageFee":"0"},)"
         R"("transactionDigest":")" +
         digest + R"(","mutated":[{"owner":{"AddressOwner":")" + id_text('b') + R"("},"reference":)" + reference +
         R"(}],"deleted":[{"objectId":")" + id_text('c') +
         R"(","version":9,"digest":"7gyGAp71YXQRoxmFBaHxofQXAipvgHyBKPyxmdSJxyvz"}],)"
         R"("gasObject":{"owner":{"AddressOwner":")" +
         id_text('b') + R"("},"reference":)" + reference + R"(},"dependencies":[]})";
}

/// A transaction as the network keeps it: one pays 500 to the owner `d`.
inline std::string executed_json(const std::string& digest, const std::string& checkpoint = R"("1234")") {
  return R"({"digest":")" + digest + R"(","effects":)" + effects_json(digest) +
         R"(,"balanceChanges":[{"owner":{"AddressOwner":")" + id_text('b') +
         R"("},"coinType":"0x2::iota::IOTA","amount":"-1980900"},{"owner":{"AddressOwner":")" + id_text('d') +
         R"("},"coinType":"0x2::iota::IOTA","amount":"500"},{"owner":{"AddressOwner":")" + id_text('d') +
         R"("},"coinType":"0x5::other::COIN<0x6::a::A, u8>","amount":"9"},{"owner":"Immutable","coinType":"0x2::iota::IOTA",)"
         R"("amount":"1"}],"timestampMs":"1747000000000","checkpoint":)" +
         checkpoint + "}";
}

/// The same as it stands in lists, sent by the owner `b`.
inline std::string listed_json(const std::string& digest) {
  return R"({"transaction":{"data":{"messageVersion":"v1","sender":")" + id_text('b') + R"("},"txSignatures":[]},)" +
         executed_json(digest).substr(1);
}

}  // namespace balans::iota::test
