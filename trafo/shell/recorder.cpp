#include "trafo/shell/recorder.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <set>

#include "common/messages/json.hpp"
#include "common/messages/signed.hpp"
#include "common/messages/topics.hpp"

namespace balans {
namespace {

constexpr std::size_t kBatchesPerRequest = 200;
constexpr std::size_t kBytesPerRequest = 1024 * 1024;
constexpr Millis kRetry = 5_s;
constexpr std::size_t kMostFresh = 200;  // batches of evidence: four quarter-hours of 500 devices

std::string request_body(const std::vector<OutboxItem>& items) {
  json::Writer w;
  w.begin_object().key("batches").begin_array();
  for (const OutboxItem& item : items) w.string(item.payload);
  return w.end_array().end_object().take();
}

/// Indices of the batches that the api will never take.
Result<std::vector<std::size_t>> refused_in(const std::string& answer, std::size_t sent) {
  const auto value = json::parse_strict(answer, kBytesPerRequest);
  if (!value) return value.error().within("answer");
  std::optional<Error> error;
  json::ObjectReader reader(*value, "answer", error);
  std::vector<std::size_t> refused;
  for (const auto& element : reader.array("refused", sent)) {
    json::ObjectReader entry(element, "answer.refused", error);
    refused.push_back(static_cast<std::size_t>(entry.integer("batch", 0, static_cast<std::int64_t>(sent) - 1)));
  }
  if (error) return *error;
  return refused;
}

}  // namespace

Recorder::Recorder(Outbox outbox, std::filesystem::path put_aside, std::optional<ApiAddress> api, const Clock& clock,
                   std::function<void(TrafoEvent)> on_event, std::optional<Outbox> evidence)
    : outbox_(std::move(outbox)),
      evidence_(std::move(evidence)),
      put_aside_(std::move(put_aside)),
      api_(std::move(api)),
      clock_(clock),
      on_event_(std::move(on_event)) {}

Recorder::~Recorder() {
  for (Worker* worker : {readings_uplink_.get(), state_uplink_.get(), disk_.get()}) worker->stop();
  if (!waiting_.empty() || outbox_.staged() > 0)
    (void)outbox_.commit().ok();  // not acknowledged: the agents send it again
  if (!evidence_) return;
  stage_evidence();  // nobody has it but we
  (void)evidence_->commit().ok();
}

Result<void> Recorder::keep(const AgentId& agent, std::uint64_t first, std::uint64_t last, std::string envelope) {
  return disk_->post([this, batch = Waiting{agent, last}, first,
                      envelope = std::move(envelope)](const std::stop_token&) { stage(batch, first, envelope); });
}

void Recorder::stage(const Waiting& batch, std::uint64_t first, const std::string& envelope) {
  const std::string key = batch.agent.str() + ":" + std::to_string(first) + "-" + std::to_string(batch.through);
  const auto appended = outbox_.append("readings", key, envelope, clock_.boot());
  if (!appended) return on_event_(OutboxTrouble{appended.error().message()});
  if (*appended == Appended::AlreadyCommitted) return on_event_(ReadingsCommitted{batch.agent, batch.through});
  if (*appended == Appended::Staged) waiting_.push_back(batch);
}

void Recorder::keep(std::vector<EvidenceBatch> batches) {
  if (!evidence_ || !api_) return;
  const std::lock_guard lock(mutex_);
  for (EvidenceBatch& batch : batches) {
    if (fresh_.size() == kMostFresh) return on_event_(OutboxTrouble{"evidence: the disk does not keep up"});
    fresh_.push_back(std::move(batch));
  }
}

void Recorder::stage_evidence() {
  std::vector<EvidenceBatch> batches;
  {
    const std::lock_guard lock(mutex_);
    batches.swap(fresh_);
  }
  for (const EvidenceBatch& batch : batches) stage(batch);
}

void Recorder::stage(const EvidenceBatch& batch) {
  const std::string key = std::to_string(batch.term.epoch.value) + ":" + std::to_string(batch.term.boot.value) + ":" +
                          std::to_string(batch.number);
  const std::string envelope =
      seal(*api_->signer, api_->deployment, topics::evidence(api_->site), "evidence", encode(batch));
  if (const auto appended = evidence_->append("evidence", key, envelope, clock_.boot()); !appended)
    on_event_(OutboxTrouble{"evidence: " + appended.error().message()});
}

void Recorder::tick(const std::string& state) {
  if (disk_->pending() == 0) {
    // A full queue is no loss: the next tick does it.
    (void)disk_
        ->post([this](const std::stop_token&) {
          stage_evidence();
          commit_if_due();
          send_what_waits();
        })
        .ok();
  }
  if (!api_ || state_uplink_->pending() > 0) return;
  (void)state_uplink_->post([this, state](const std::stop_token& stop) { send_state(state, stop); }).ok();
}

void Recorder::commit_if_due() {
  if (evidence_ && evidence_->commit_due(clock_.boot()))
    if (const auto committed = evidence_->commit(); !committed)
      on_event_(OutboxTrouble{"evidence: " + committed.error().message()});
  if (!outbox_.commit_due(clock_.boot())) return;
  if (const auto committed = outbox_.commit(); !committed) return on_event_(OutboxTrouble{committed.error().message()});
  for (const Waiting& batch : waiting_) on_event_(ReadingsCommitted{batch.agent, batch.through});
  waiting_.clear();
}

/// One request at a time; evidence when no reading waits.
void Recorder::send_what_waits() {
  if (!api_ || clock_.boot().ms() < retry_at_ms_ || sending_.exchange(true)) return;
  auto items = outbox_.oldest(kBatchesPerRequest, kBytesPerRequest);
  if (!items) on_event_(OutboxTrouble{items.error().message()});
  const bool sent =
      items &&
      (items->empty()
           ? send_oldest_evidence()
           : readings_uplink_->post([this, batch = *items](const std::stop_token& stop) { send_readings(batch, stop); })
                 .ok());
  if (!sent) sending_ = false;
}

bool Recorder::send_oldest_evidence() {
  if (!evidence_ || clock_.boot().ms() < retry_evidence_at_ms_) return false;
  auto items = evidence_->oldest(1, kBytesPerRequest);
  if (!items) on_event_(OutboxTrouble{"evidence: " + items.error().message()});
  if (!items || items->empty()) return false;
  return readings_uplink_
      ->post([this, item = items->front()](const std::stop_token& stop) { send_evidence(item, stop); })
      .ok();
}

void Recorder::send_readings(const std::vector<OutboxItem>& items, const std::stop_token& stop) {
  const auto refused = deliver(items, stop);
  if (!refused) {
    retry_at_ms_ = (clock_.boot() + kRetry).ms();
    on_event_(UplinkReport{"readings", 0, refused.error().message()});
    sending_ = false;
    return;
  }
  on_event_(UplinkReport{
      "readings", static_cast<std::int64_t>(items.size() - refused->size()),
      refused->empty() ? "" : std::to_string(refused->size()) + " batches put aside in " + put_aside_.string()});
  remove_through(outbox_, items.back().id);
}

/// Only then the next are sent: what is still there would be sent twice.
void Recorder::remove_through(Outbox& outbox, std::int64_t id) {
  const auto posted = disk_->post([this, &outbox, id](const std::stop_token&) {
    outbox.remove_through(id, clock_.boot());
    sending_ = false;
  });
  if (!posted) sending_ = false;
}

Result<std::vector<std::size_t>> Recorder::deliver(const std::vector<OutboxItem>& items, const std::stop_token& stop) {
  const auto response = post(readings_client_, "readings", request_body(items), stop);
  if (!response) return response.error();
  if (response->status != 200)
    return Error{"api", "answers " + std::to_string(response->status) + ": " + response->body.substr(0, 300)};
  auto refused = refused_in(response->body, items.size());
  if (!refused) return refused.error();
  for (std::size_t index : *refused)
    if (const auto kept = put_aside(items[index]); !kept) return kept.error();
  return refused;
}

void Recorder::send_evidence(const OutboxItem& item, const std::stop_token& stop) {
  const auto taken = deliver_evidence(item, stop);
  if (!taken) {
    retry_evidence_at_ms_ = (clock_.boot() + kRetry).ms();
    on_event_(UplinkReport{"evidence", 0, taken.error().message()});
    sending_ = false;
    return;
  }
  on_event_(UplinkReport{"evidence", *taken ? 1 : 0, *taken ? "" : "a batch put aside in " + put_aside_.string()});
  remove_through(*evidence_, item.id);
}

/// False where the api will never take it; then it is put aside.
Result<bool> Recorder::deliver_evidence(const OutboxItem& item, const std::stop_token& stop) {
  const auto response = post(readings_client_, "evidence", item.payload, stop);
  if (!response) return response.error();
  if (response->status == 200) return true;
  const bool never =
      response->status == 400 || response->status == 409 || response->status == 413 || response->status == 422;
  if (!never) return Error{"api", "answers " + std::to_string(response->status) + ": " + response->body.substr(0, 300)};
  if (const auto kept = put_aside(item); !kept) return kept.error();
  return false;
}

void Recorder::send_state(const std::string& body, const std::stop_token& stop) {
  const auto response = post(state_client_, "state", body, stop);
  if (!response) return on_event_(UplinkReport{"state", 0, response.error().message()});
  const bool fine = response->status == 200 || response->status == 204;
  on_event_(UplinkReport{"state", fine ? 1 : 0, fine ? "" : "api answers " + std::to_string(response->status)});
}

Result<HttpResponse> Recorder::post(HttpClient& client, const std::string& resource, const std::string& body,
                                    const std::stop_token& stop) const {
  const std::string path = "/v1/sites/" + api_->site.str() + "/" + resource;
  const Signature signature = api_->signer->sign(signed_text("http", api_->deployment, "POST " + path, body));
  HttpRequest request;
  request.method = HttpMethod::Post;
  request.url = api_->url + path;
  request.body = body;
  request.headers = {{"Content-Type", "application/json"},
                     {"Balans-Key", to_hex(api_->signer->public_key().bytes)},
                     {"Balans-Signature", to_hex(signature.bytes)},
                     {"Idempotency-Key", to_hex(blake2b(body).bytes)}};
  return client.send(request, stop);
}

Result<void> Recorder::put_aside(const OutboxItem& item) const {
  const Error failed{put_aside_.string(), "cannot be written"};
  const int fd = ::open(put_aside_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) return failed;
  const std::string line = item.payload + "\n";
  const bool written = ::write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size()) && ::fsync(fd) == 0;
  ::close(fd);
  if (!written) return failed;
  return {};
}

}  // namespace balans
