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
  FileTokenSource(TokenFile file, TokenSurroundings around)
      : path_(std::move(file.path)),
        around_(std::move(around)),
        token_(std::move(file.otherwise)) {}

  void Get(Callback callback) override {
    std::optional<Error> hidden;
    Result<SecretString> answer = Current(&hidden);
    if (hidden) around_.problem(*hidden);
    callback(std::move(answer));
  }

  void Invalidate(const SecretString& token) override {
    const std::lock_guard lock(mutex_);
    if (token == token_) read_again_ = MonoTime::min();
  }

 private:
  Result<SecretString> Current(std::optional<Error>* hidden) {
    const std::lock_guard lock(mutex_);
    const MonoTime now = around_.clock.Read().mono;
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
    auto text = around_.read_file(path_);
    if (!text) return Fail("token file " + text.error().message);
    if (!*text) return Fail(fmt::format("token file {} does not exist", path_));
    std::string token(Trim(**text));
    if (!IsBearerToken(token)) return Fail(fmt::format("token file {} holds no token", path_));
    return SecretString(std::move(token));
  }

  const std::string path_;
  const TokenSurroundings around_;
  std::mutex mutex_;
  SecretString token_;
  MonoTime read_again_ = MonoTime::min();
};

// Runs the plugin on a thread of its own, one run for all who wait.
class ExecTokenSource final : public TokenSource {
 public:
  ExecTokenSource(ExecSpec spec, TokenSurroundings around)
      : spec_(std::move(spec)), around_(std::move(around)) {
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
    if (!NeedsRun(around_.clock.Read())) {
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
      if (!stop_ && NeedsRun(around_.clock.Read())) {
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
    const auto output = RunExecPlugin(spec_, around_.environment, around_.clock, stop_);
    auto credential = output ? ParseExecCredential(*output, spec_.api_version)
                             : Result<ExecCredential>(tl::unexpected(output.error()));
    if (credential) return credential;
    return Fail(fmt::format("credential plugin {}: {}", CleanText(spec_.command, 200),
                            credential.error().message));
  }

  // Takes the outcome of a run over; a failure does not replace a token that still holds.
  void Keep(Result<ExecCredential> credential, std::unique_lock<std::mutex>& lock) {
    const Now now = around_.clock.Read();
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
    around_.problem(credential.error());
    lock.lock();
  }

  const ExecSpec spec_;
  const TokenSurroundings around_;
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

std::unique_ptr<TokenSource> MakeTokenSource(const TokenSpec& spec, TokenSurroundings around) {
  if (const auto* token = std::get_if<SecretString>(&spec))
    return std::make_unique<StaticTokenSource>(*token);
  if (const auto* file = std::get_if<TokenFile>(&spec))
    return std::make_unique<FileTokenSource>(*file, std::move(around));
  if (const auto* exec = std::get_if<ExecSpec>(&spec))
    return std::make_unique<ExecTokenSource>(*exec, std::move(around));
  return std::make_unique<StaticTokenSource>(SecretString());
}

}  // namespace dtsop
