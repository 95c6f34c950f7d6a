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
  explicit StaticTokenSource(SecretString token) : credential_{std::move(token), 0} {}

  void Get(Callback callback) override {
    Credential credential;
    {
      const std::lock_guard lock(mutex_);
      credential = credential_;
    }
    callback(std::move(credential));
  }

  void Invalidate(int64_t) override {}

  void Replace(const TokenSpec& spec) override {
    const std::lock_guard lock(mutex_);
    if (const auto* token = std::get_if<SecretString>(&spec))
      credential_ = {*token, credential_.version + 1};
  }

 private:
  std::mutex mutex_;
  Credential credential_;
};

class FileTokenSource final : public TokenSource {
 public:
  FileTokenSource(TokenFile file, TokenSurroundings around)
      : around_(std::move(around)),
        path_(std::move(file.path)),
        credential_{std::move(file.otherwise), 0} {}

  void Get(Callback callback) override {
    std::optional<Error> hidden;
    Result<Credential> answer = Current(&hidden);
    if (hidden) around_.problem(*hidden);
    callback(std::move(answer));
  }

  void Invalidate(int64_t version) override {
    const std::lock_guard lock(mutex_);
    if (version == credential_.version) read_again_ = MonoTime::min();
  }

  void Replace(const TokenSpec& spec) override {
    const std::lock_guard lock(mutex_);
    if (const auto* file = std::get_if<TokenFile>(&spec)) path_ = file->path;
    read_again_ = MonoTime::min();
  }

 private:
  Result<Credential> Current(std::optional<Error>* hidden) {
    const std::lock_guard lock(mutex_);
    const MonoTime now = around_.clock.Read().mono;
    if (!credential_.token.empty() && now < read_again_) return credential_;
    auto token = ReadToken();
    if (!token && credential_.token.empty()) return tl::unexpected(token.error());
    read_again_ = now + kTokenFileInterval;
    if (!token) {
      // Told once, not each time that the file is read.
      if (token.error().message != problem_) *hidden = token.error();
      problem_ = token.error().message;
      return credential_;
    }
    problem_.clear();
    if (*token != credential_.token) credential_ = {std::move(*token), credential_.version + 1};
    return credential_;
  }

  Result<SecretString> ReadToken() const {
    auto text = around_.read_file(path_);
    if (!text) return Fail("token file " + text.error().message);
    if (!*text) return Fail(fmt::format("token file {} does not exist", path_));
    std::string token(Trim(**text));
    if (!IsBearerToken(token)) return Fail(fmt::format("token file {} holds no token", path_));
    return SecretString(std::move(token));
  }

  const TokenSurroundings around_;
  std::mutex mutex_;
  std::string path_;
  Credential credential_;
  std::string problem_;  // of the last read
  MonoTime read_again_ = MonoTime::min();
};

// Runs the plugin on a thread of its own, one run for all who wait.
class ExecTokenSource final : public TokenSource {
 public:
  ExecTokenSource(ExecSpec spec, TokenSurroundings around)
      : around_(std::move(around)), spec_(std::move(spec)) {
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
      const Result<Credential> answer = *last_;
      lock.unlock();
      callback(answer);
      return;
    }
    waiting_.push_back(std::move(callback));
    lock.unlock();
    wake_.notify_one();
  }

  void Invalidate(int64_t version) override {
    const std::lock_guard lock(mutex_);
    if (last_ && *last_ && (*last_)->version == version) refused_ = true;
  }

  void Replace(const TokenSpec& spec) override {
    const std::lock_guard lock(mutex_);
    if (const auto* exec = std::get_if<ExecSpec>(&spec)) spec_ = *exec;
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
        const ExecSpec spec = spec_;
        lock.unlock();
        Result<ExecCredential> credential = Run(spec);
        lock.lock();
        Keep(std::move(credential), lock);
      }
      const Result<Credential> answer =
          stop_ ? Result<Credential>(Fail("the operator stops")) : *last_;
      const std::vector<Callback> callbacks = std::exchange(waiting_, {});
      const bool stopping = stop_;
      lock.unlock();
      for (const Callback& callback : callbacks) callback(answer);
      lock.lock();
      if (stopping && waiting_.empty()) return;
    }
  }

  // What the plugin gives; its certificate is in use then.
  Result<ExecCredential> Run(const ExecSpec& spec) {
    auto credential = RunExecPlugin(spec, around_.environment, around_.clock, stop_)
                          .and_then([&](const std::string& output) {
                            return ParseExecCredential(output, spec.api_version);
                          })
                          .and_then([&](ExecCredential parsed) -> Result<ExecCredential> {
                            if (parsed.certificate == certificate_) return parsed;
                            if (auto used = around_.use_certificate(parsed.certificate); !used)
                              return tl::unexpected(used.error());
                            certificate_ = parsed.certificate;
                            ++version_;
                            return parsed;
                          });
    if (credential) return credential;
    return Fail(fmt::format("credential plugin {}: {}", CleanText(spec.command, 200),
                            credential.error().message));
  }

  // Takes the outcome of a run over; a failure does not replace a token that still holds.
  void Keep(Result<ExecCredential> credential, std::unique_lock<std::mutex>& lock) {
    const Now now = around_.clock.Read();
    run_again_ = now.mono + kExecRunInterval;
    if (credential) {
      if (!last_ || !*last_ || (*last_)->token != credential->token) ++version_;
      last_ = Credential{std::move(credential->token), version_};
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

  const TokenSurroundings around_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Callback> waiting_;
  ExecSpec spec_;
  std::optional<Result<Credential>> last_;  // what the last run gave
  std::optional<WallTime> expires_;
  bool refused_ = false;
  MonoTime run_again_ = MonoTime::min();
  std::atomic<bool> stop_ = false;
  ClientCertificate certificate_;  // in use; of the worker alone, as is the version
  int64_t version_ = 0;
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
