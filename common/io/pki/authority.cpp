#include "common/io/pki/authority.hpp"

#include <fcntl.h>
#include <openssl/pem.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "common/io/pki/signing.hpp"
#include "common/io/runtime/files.hpp"

namespace balans::pki {
namespace {

constexpr std::size_t kMaxCertificates = 10'000;
constexpr std::string_view kWrongClock = "nothing is signed while this machine's clock is wrong by years: set it first";

/// Nobody else works in the folder meanwhile.
class FolderLock {
 public:
  static Result<FolderLock> take(const std::filesystem::path& folder) {
    FolderLock lock;
    lock.fd_ = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (lock.fd_ < 0)
      return Error{folder.string(), "is not a folder that can be read: expected a certificate authority"};
    if (::flock(lock.fd_, LOCK_EX | LOCK_NB) != 0)
      return Error{folder.string(), "is in use by another command: try again when that has ended"};
    return lock;
  }
  FolderLock() = default;
  ~FolderLock() {
    if (fd_ >= 0) ::close(fd_);
  }
  FolderLock(FolderLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FolderLock& operator=(FolderLock&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }

 private:
  int fd_ = -1;
};

X509Cert x509_of(const Certificate& certificate) {
  return X509Cert(PEM_read_bio_X509(reading(certificate.pem).get(), nullptr, nullptr, nullptr));
}

Result<std::vector<Revocation>> parse_revoked(const std::string& text, const std::filesystem::path& file) {
  std::vector<Revocation> revoked;
  std::istringstream lines(text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    std::istringstream words(line);
    Revocation revocation;
    std::int64_t seconds = 0;
    if (!(words >> revocation.serial >> seconds >> revocation.name))
      return Error{file.string() + ":" + std::to_string(number), "expected a serial, seconds since 1970 and a name"};
    revocation.at = UnixTime(seconds * 1000);
    revoked.push_back(std::move(revocation));
  }
  return revoked;
}

Result<X509Request> checked_request(const std::string& name, std::string_view pem) {
  X509Request request(pem.size() > kMaxPem ? nullptr
                                           : PEM_read_bio_X509_REQ(reading(pem).get(), nullptr, nullptr, nullptr));
  const Error bad{"certificate request", "expected one in PEM, signed with its own P-256 key"};
  EVP_PKEY* key = request ? X509_REQ_get0_pubkey(request.get()) : nullptr;
  char group[32] = "";
  const bool right = key != nullptr && EVP_PKEY_is_a(key, "EC") == 1 &&
                     EVP_PKEY_get_group_name(key, group, sizeof(group), nullptr) == 1 &&
                     std::string_view(group) == "prime256v1" && X509_REQ_verify(request.get(), key) == 1;
  forget_errors();
  if (!right) return bad;
  const std::string asked = common_name_of(X509_REQ_get_subject_name(request.get()));
  if (asked != name) return Error{"certificate request", "is for '" + asked + "', expected '" + name + "'"};
  return request;
}

}  // namespace

struct Authority::State {
  std::filesystem::path folder;
  FolderLock lock;
  PrivateKey key;
  Certificate certificate;
  X509Cert x509;

  [[nodiscard]] Issuer issuer() const { return {x509.get(), key.handle()}; }
  [[nodiscard]] std::filesystem::path crl() const { return folder / "ca.crl"; }
  [[nodiscard]] std::filesystem::path revoked_file() const { return folder / "revoked"; }

  [[nodiscard]] Result<std::vector<Revocation>> revoked() const {
    std::error_code ignored;
    if (!std::filesystem::exists(revoked_file(), ignored)) return std::vector<Revocation>{};
    const auto text = read_small_file(revoked_file());
    if (!text) return text.error();
    return parse_revoked(*text, revoked_file());
  }

  Result<void> write_crl(const std::vector<Revocation>& revoked, UnixTime now) const {
    const auto old = read_small_file(crl());
    const auto text = sign_crl(revoked, issuer(), (old ? crl_number(*old) : 0) + 1, now);
    if (!text) return text.error().within(revoked_file().string());
    return write_file_durably(crl(), *text, FileMode::Readable);
  }

  /// The record comes first: what is not recorded cannot be taken back.
  Result<Certificate> issue(const Subject& subject, EVP_PKEY* subject_key, UnixTime now) const {
    if (now < certificate.begins) return Error{folder.string(), std::string(kWrongClock)};
    const auto pem = sign_certificate(subject, subject_key, issuer(), now, kCertificateLife);
    if (!pem) return pem.error();
    auto issued = parse_certificate(*pem);
    if (!issued) return issued.error();
    const auto file = folder / "certificates" / (issued->serial + ".crt");
    if (const auto written = write_file_durably(file, *pem, FileMode::Readable); !written) return written.error();
    return issued;
  }
};

Authority::Authority(std::unique_ptr<State> state) : state_(std::move(state)) {}
Authority::~Authority() = default;
Authority::Authority(Authority&&) noexcept = default;
Authority& Authority::operator=(Authority&&) noexcept = default;

Result<Authority> Authority::create(const std::filesystem::path& folder, const std::string& site, UnixTime now) {
  if (now < kNoEarlierThan) return Error{folder.string(), std::string(kWrongClock)};
  if (const auto made = make_private_folder(folder); !made) return made.error();
  if (const auto made = make_private_folder(folder / "certificates"); !made) return made.error();
  {
    const auto lock = FolderLock::take(folder);
    if (!lock) return lock.error();
    const PrivateKey key = PrivateKey::generate();
    const auto pem = sign_certificate({"Balans site " + site, Usage::Authority, {}}, key.handle(),
                                      {nullptr, key.handle()}, now, kAuthorityLife);
    if (!pem) return pem.error();
    // The key's file comes last: with it the authority is there, and without it this can be done again.
    std::error_code ignored;
    if (std::filesystem::exists(folder / "ca.key", ignored))
      return Error{folder.string(), "has an authority already; another one would refuse every device"};
    const X509Cert x509(PEM_read_bio_X509(reading(*pem).get(), nullptr, nullptr, nullptr));
    const auto crl = sign_crl({}, {x509.get(), key.handle()}, 1, now);
    if (!crl) return crl.error();
    if (const auto done = write_file_durably(folder / "ca.crt", *pem, FileMode::Readable); !done) return done.error();
    if (const auto done = write_file_durably(folder / "ca.crl", *crl, FileMode::Readable); !done) return done.error();
    if (const auto done = key.save_new(folder / "ca.key"); !done) return done.error();
  }
  return open(folder);
}

Result<Authority> Authority::open(const std::filesystem::path& folder) {
  auto lock = FolderLock::take(folder);
  if (!lock) return lock.error();
  auto key = PrivateKey::load(folder / "ca.key");
  if (!key) return key.error();
  auto certificate = load_certificate(folder / "ca.crt");
  if (!certificate) return certificate.error();
  if (certificate->usage != Usage::Authority || !key->matches(certificate->pem))
    return Error{(folder / "ca.crt").string(), "is not the certificate of the key in ca.key beside it"};
  X509Cert x509 = x509_of(*certificate);
  return Authority(std::make_unique<State>(
      State{folder, std::move(*lock), std::move(*key), std::move(*certificate), std::move(x509)}));
}

const Certificate& Authority::certificate() const { return state_->certificate; }

Result<Certificate> Authority::issue_client(const std::string& name, const PrivateKey& key, UnixTime now) {
  return state_->issue({name, Usage::Client, {}}, key.handle(), now);
}

Result<Certificate> Authority::issue_server(const std::string& name, const std::vector<std::string>& hosts,
                                            const PrivateKey& key, UnixTime now) {
  if (hosts.empty()) return Error{name, "needs at least one name or address that it is reached by"};
  return state_->issue({name, Usage::Server, hosts}, key.handle(), now);
}

Result<Certificate> Authority::issue_for_request(const std::string& name, std::string_view request_pem, UnixTime now) {
  const auto request = checked_request(name, request_pem);
  if (!request) return request.error();
  return state_->issue({name, Usage::Client, {}}, X509_REQ_get0_pubkey(request->get()), now);
}

Result<Certificate> Authority::renew(const Certificate& old, UnixTime now) {
  const X509Cert x509 = x509_of(old);
  if (!x509) return Error{old.name, "is not a certificate that can be renewed"};
  return state_->issue({old.name, old.usage, old.hosts}, X509_get0_pubkey(x509.get()), now);
}

Result<std::vector<Issued>> Authority::issued() const {
  const auto revoked = state_->revoked();
  if (!revoked) return revoked.error();
  std::map<std::string, UnixTime> taken_back;
  for (const Revocation& revocation : *revoked) taken_back.emplace(revocation.serial, revocation.at);
  std::vector<Issued> all;
  std::error_code problem;
  for (const auto& entry : std::filesystem::directory_iterator(state_->folder / "certificates", problem)) {
    if (entry.path().extension() != ".crt" || all.size() >= kMaxCertificates) continue;
    auto certificate = load_certificate(entry.path());
    if (!certificate) return certificate.error();
    const auto found = taken_back.find(certificate->serial);
    all.push_back({std::move(*certificate), found == taken_back.end() ? std::nullopt : std::optional(found->second)});
  }
  if (problem) return Error{(state_->folder / "certificates").string(), "cannot be read: " + problem.message()};
  std::ranges::sort(all, {}, [](const Issued& one) {
    return std::tuple(one.certificate.name, one.certificate.begins, one.certificate.serial);
  });
  return all;
}

Result<std::vector<Certificate>> Authority::revoke(const std::string& name, UnixTime now, std::string_view keep) {
  const auto all = issued();
  if (!all) return all.error();
  auto revoked = state_->revoked();
  if (!revoked) return revoked.error();
  std::vector<Certificate> taken_back;
  for (const Issued& one : *all) {
    const Certificate& certificate = one.certificate;
    if (certificate.name != name || one.revoked || certificate.serial == keep || certificate.ends < now) continue;
    taken_back.push_back(certificate);
    revoked->push_back({certificate.serial, now, name});
  }
  std::string text;
  for (const Revocation& one : *revoked)
    text += one.serial + " " + std::to_string(one.at.ms() / 1000) + " " + one.name + "\n";
  if (const auto done = write_file_durably(state_->revoked_file(), text, FileMode::Private); !done) return done.error();
  if (const auto done = state_->write_crl(*revoked, now); !done) return done.error();
  return taken_back;
}

Result<std::string> Authority::crl() const { return read_small_file(state_->crl()); }

}  // namespace balans::pki
