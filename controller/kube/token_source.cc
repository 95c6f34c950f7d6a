#include "kube/token_source.h"

#include <fmt/format.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "kube/exec_credential.h"
#include "kube/exec_plugin.h"

namespace dtsop {
namespace {

class StaticTokenSource final : public TokenSource {
 public:
  explicit StaticTokenSource(SecretString token) : token_(std::move(token)) {}
  void Get(Callback callback) override { callback(token_); }
  void Invalidate(const SecretString&) override {}

 private:
  const SecretString token_;
};

class FileTokenSource final : public TokenSource {
 public:
  FileTokenSource(std::string path, const Clock& clock, FileReader read_file, TokenProblem problem)
      : path_(std::move(path)),
        clock_(clock),
        read_file_(std::move(read_file)),
        problem_(std::move(problem)) {}

  void Get(Callback callback) override {
    std::optional<Error> hidden;
    Result<SecretString> answer = Current(&hidden);
    if (hidden) problem_(*hidden);
    callback(std::move(answer));
  }

  void Invalidate(const SecretString& token) override {
    const std::lock_guard lock(mutex_);
    if (token == token_) read_again_ = MonoTime::min();
  }

 private:
  Result<SecretString> Current(std::optional<Error>* hidden) {
    const std::lock_guard lock(mutex_);
    const MonoTime now = clock_.Read().mono;
    if (!token_.empty() && now < read_again_) return token_;
    auto token = ReadToken();
    if (token) {
      token_ = std::move(*token);
      read_again_ = now + kTokenFileInterval;
      return token_;
    }
    if (token_.empty()) return token;
    *hidden = std::move(token.error());
    read_again_ = now + kTokenFileRetry;
    return token_;
  }

  Result<SecretString> ReadToken() const {
    auto text = read_file_(path_);
    if (!text) return Fail("token file " + text.error().message);
    if (!*text) return Fail(fmt::format("token file {} does not exist", path_));
    std::string token(Trim(**text));
    if (!IsBearerToken(token)) return Fail(fmt::format("token file {} holds no token", path_));
    return SecretString(std::move(token));
  }

  const std::string path_;
  const Clock& clock_;
  const FileReader read_file_;
  const TokenProblem problem_;
  std::mutex mutex_;
  SecretString token_;
  MonoTime read_again_ = MonoTime::min();
};

// Runs the plugin on a thread of its own, one run for all who wait.
class ExecTokenSource final : public TokenSource {
 public:
  ExecTokenSource(ExecSpec spec, const Clock& clock, TokenProblem problem)
      : spec_(std::move(spec)), clock_(clock), problem_(std::move(problem)) {
    worker_ = std::thread([this] { Work(); });
  }
  ExecTokenSource(const ExecTokenSource&) = delete;
  ExecTokenSource& operator=(const ExecTokenSource&) = delete;

  ~ExecTokenSource() override {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    wake_.notify_one();
    worker_.join();
  }

  void Get(Callback callback) override {
    std::unique_lock lock(mutex_);
    if (!NeedsRun(clock_.Read())) {
      const Result<SecretString> answer = *last_;
      lock.unlock();
      callback(answer);
      return;
    }
    waiting_.push_back(std::move(callback));
    lock.unlock();
    wake_.notify_one();
  }

  void Invalidate(const SecretString& token) override {
    const std::lock_guard lock(mutex_);
    if (last_ && *last_ && **last_ == token) refused_ = true;
  }

 private:
  bool NeedsRun(const Now& now) const {
    if (!last_) return true;
    if (now.mono < run_again_) return false;
    return !*last_ || refused_ || (expires_ && now.wall + kExecExpiryLeeway >= *expires_);
  }

  void Work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      wake_.wait(lock, [this] { return stop_ || !waiting_.empty(); });
      // Those who began to wait while the last run was ending may need none.
      if (!stop_ && NeedsRun(clock_.Read())) {
        lock.unlock();
        Result<ExecCredential> credential = Run();
        lock.lock();
        Keep(std::move(credential), lock);
      }
      const Result<SecretString> answer =
          stop_ ? Result<SecretString>(Fail("the operator stops")) : *last_;
      const std::vector<Callback> callbacks = std::exchange(waiting_, {});
      const bool stopping = stop_;
      lock.unlock();
      for (const Callback& callback : callbacks) callback(answer);
      lock.lock();
      if (stopping && waiting_.empty()) return;
    }
  }

  Result<ExecCredential> Run() const {
    const auto output = RunExecPlugin(spec_, clock_, stop_);
    auto credential = output ? ParseExecCredential(*output, spec_.api_version)
                             : Result<ExecCredential>(tl::unexpected(output.error()));
    if (credential) return credential;
    return Fail(fmt::format("credential plugin {}: {}", CleanText(spec_.command, 200),
                            credential.error().message));
  }

  // Takes the outcome of a run over; a failure does not replace a token that still holds.
  void Keep(Result<ExecCredential> credential, std::unique_lock<std::mutex>& lock) {
    const Now now = clock_.Read();
    run_again_ = now.mono + kExecRunInterval;
    if (credential) {
      last_ = std::move(credential->token);
      expires_ = credential->expires;
      refused_ = false;
      return;
    }
    const bool holds = last_ && *last_ && !refused_ && expires_ && now.wall < *expires_;
    if (!holds) {
      last_ = tl::unexpected(credential.error());
      return;
    }
    lock.unlock();
    problem_(credential.error());
    lock.lock();
  }

  const ExecSpec spec_;
  const Clock& clock_;
  const TokenProblem problem_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Callback> waiting_;
  std::optional<Result<SecretString>> last_;  // what the last run gave
  std::optional<WallTime> expires_;
  bool refused_ = false;
  MonoTime run_again_ = MonoTime::min();
  std::atomic<bool> stop_ = false;
  std::thread worker_;
};

}  // namespace

std::unique_ptr<TokenSource> MakeTokenSource(const TokenSpec& spec, const Clock& clock,
                                             FileReader read_file, TokenProblem problem) {
  if (const auto* token = std::get_if<SecretString>(&spec))
    return std::make_unique<StaticTokenSource>(*token);
  if (const auto* file = std::get_if<TokenFile>(&spec)) {
    return std::make_unique<FileTokenSource>(file->path, clock, std::move(read_file),
                                             std::move(problem));
  }
  if (const auto* exec = std::get_if<ExecSpec>(&spec))
    return std::make_unique<ExecTokenSource>(*exec, clock, std::move(problem));
  return std::make_unique<StaticTokenSource>(SecretString());
}

}  // namespace dtsop
