#include "sim/stage/child.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace balans::sim {
namespace {

/// Closes what it holds.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

struct Pipe {
  Descriptor read_end, write_end;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return Error{"pipe", std::strerror(errno)};
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

/// As a pipe, but writing to a child that is gone is an error and no signal.
Result<Pipe> make_socket_pair() {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return Error{"socketpair", std::strerror(errno)};
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

Descriptor open_log(const std::filesystem::path& file) {
  return Descriptor(open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
}

/// What the child's three standard descriptors become, and where it tells why it could not begin.
struct Plumbing {
  Descriptor in, out, err, problem;
};

/// Between fork and exec: only calls that are safe there.
[[noreturn]] void become(const Plumbing& plumbing, char* const* arguments, pid_t parent) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  setpgid(0, 0);  // so that Ctrl-C in the terminal reaches the parent alone
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const bool orphan = getppid() != parent;  // it died before the line above
  if (!orphan && dup2(plumbing.in.get(), 0) >= 0 && dup2(plumbing.out.get(), 1) >= 0 &&
      dup2(plumbing.err.get(), 2) >= 0)
    execvp(arguments[0], arguments);
  const int reason = errno;
  const ssize_t told = write(plumbing.problem.get(), &reason, sizeof reason);
  _exit(told == sizeof reason ? 127 : 126);
}

/// The reason why the child did not begin; 0 when it did.
int begin_problem(int fd) {
  int reason = 0;
  ssize_t got = 0;
  do got = read(fd, &reason, sizeof reason);
  while (got < 0 && errno == EINTR);
  return got == sizeof reason ? reason : 0;
}

}  // namespace

Child::Child(ChildSpec spec, pid_t pid, int pidfd, int input)
    : spec_(std::move(spec)), pid_(pid), pidfd_(pidfd), input_(input) {}

Child::~Child() {
  if (running()) {
    send(SIGKILL);
    wait_until_ended(std::chrono::seconds(5));
  }
  if (input_ >= 0) close(input_);
  close(pidfd_);
}

Result<std::unique_ptr<Child>> Child::start(ChildSpec spec) {
  Result<Pipe> problem = make_pipe();
  if (!problem) return problem.error().within(spec.name);
  Result<Pipe> input = make_socket_pair();
  if (!input) return input.error().within(spec.name);
  Plumbing plumbing{std::move(input->read_end), open_log(spec.out), open_log(spec.err), std::move(problem->write_end)};
  if (spec.input == ChildInput::None) plumbing.in = Descriptor(open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (plumbing.in.get() < 0 || plumbing.out.get() < 0 || plumbing.err.get() < 0)
    return Error{spec.name, "its log files cannot be written"};
  std::vector<char*> arguments;
  for (std::string& argument : spec.arguments) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) return Error{spec.name, std::string("cannot be started: ") + std::strerror(errno)};
  if (pid == 0) become(plumbing, arguments.data(), parent);
  plumbing = {Descriptor(), Descriptor(), Descriptor(), Descriptor()};   // our copies of the child's ends
  const auto pidfd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));  // glibc 2.36 declares it for C only
  const int input_fd = spec.input == ChildInput::Pipe ? input->write_end.release() : -1;
  const std::string program = spec.arguments.front();
  std::unique_ptr<Child> child(new Child(std::move(spec), pid, pidfd, input_fd));
  if (const int reason = begin_problem(problem->read_end.get()))
    return Error{child->spec_.name, program + " cannot be started: " + std::strerror(reason)};
  if (pidfd < 0) return Error{child->spec_.name, "this kernel has no pidfd_open"};
  return child;
}

bool Child::running() {
  if (status_) return false;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) != pid_) return true;
  status_ = status;
  return false;
}

std::string Child::ending() {
  if (running()) return "";
  if (WIFSIGNALED(*status_)) return "was killed by signal " + std::to_string(WTERMSIG(*status_));
  return "ended with exit code " + std::to_string(WEXITSTATUS(*status_));
}

void Child::send(int signal) {
  if (running()) kill(pid_, signal);
}

bool Child::wait_until_ended(std::chrono::milliseconds most) {
  pollfd waiting{pidfd_, POLLIN, 0};
  if (running()) poll(&waiting, 1, static_cast<int>(most.count()));
  return !running();
}

Result<void> Child::write_line(const std::string& line) {
  const std::string text = line + "\n";
  if (input_ < 0) return Error{spec_.name, "takes no input"};
  if (::send(input_, text.data(), text.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(text.size()))
    return Error{spec_.name, std::string("takes no input: ") + std::strerror(errno)};
  return {};
}

Result<std::uint16_t> free_port() {
  const Descriptor socket_fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  const int fd = socket_fd.get();
  if (fd < 0 || bind(fd, generic, size) != 0 || getsockname(fd, generic, &size) != 0)
    return Error{"127.0.0.1", std::string("no free port: ") + std::strerror(errno)};
  return ntohs(address.sin_port);
}

}  // namespace balans::sim
