#include "app/shell.h"

#include <algorithm>
#include <string>
#include <utility>

namespace dtsop {
namespace {

constexpr Duration kLiveWithin = seconds(30);
// The longest sleep, so that the loop's pulse is seen by the liveness probe.
constexpr Duration kSleepMax = seconds(5);
constexpr Duration kSleepMin = milliseconds(1);
// Pieces of answers that wait to be handled. The servers wait once it is full.
constexpr size_t kHeldBytesMax = 8U << 20;

size_t BytesOf(const Event& event) {
  const auto* chunk = std::get_if<HttpChunk>(&event);
  return chunk == nullptr ? 0 : chunk->data.size();
}

}  // namespace

int Shell::Run() {
  Handle(Tick{});
  while (!exiting_) {
    p_.each_round();
    for (Event& event : Take(p_.core.NextWakeup())) {
      Handle(event);
      Release(std::exchange(event, Tick{}));
    }
    if (p_.core.NextWakeup() <= p_.clock.Read().mono) Handle(Tick{});
    const Now now = p_.clock.Read();
    const std::lock_guard lock(mutex_);
    state_ = p_.core.State(now);
    last_round_ = now.mono;
  }
  const std::lock_guard lock(mutex_);
  ended_ = true;
  room_.notify_all();
  return exit_code_;
}

void Shell::RequestStop() { Post(Stop{}); }

bool Shell::Live() const {
  const MonoTime now = p_.clock.Read().mono;
  const std::lock_guard lock(mutex_);
  return now - last_round_ < kLiveWithin;
}

OperatorState Shell::State() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

void Shell::OnHead(CallId id, int status) { Post(HttpHead{id, status}); }

void Shell::OnChunk(CallId id, std::string_view data) {
  {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [this, size = data.size()] {
      return ended_ || held_bytes_ == 0 || held_bytes_ + size <= kHeldBytesMax;
    });
    held_bytes_ += data.size();
  }
  Post(HttpChunk{id, std::string(data)});
}

void Shell::OnDone(CallId id, HttpResult result) { Post(HttpDone{id, std::move(result)}); }

void Shell::Post(Event event) {
  const std::lock_guard lock(mutex_);
  events_.push_back(std::move(event));
  if (events_.size() == 1) changed_.notify_one();
}

void Shell::Release(const Event& handled) {
  const size_t bytes = BytesOf(handled);
  if (bytes == 0) return;
  const std::lock_guard lock(mutex_);
  held_bytes_ -= bytes;
  room_.notify_all();
}

std::vector<Event> Shell::Take(MonoTime wake_at) {
  const MonoTime now = p_.clock.Read().mono;
  const Duration sleep =
      wake_at <= now ? Duration{0} : std::clamp<Duration>(wake_at - now, kSleepMin, kSleepMax);
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, sleep, [this] { return !events_.empty(); });
  return std::exchange(events_, {});
}

void Shell::Handle(const Event& event) {
  p_.core.Handle(event, p_.clock.Read(), &commands_);
  Perform(&commands_);
}

void Shell::Perform(std::vector<Command>* commands) {
  for (Command& command : *commands) {
    if (auto* send = std::get_if<SendRequest>(&command)) {
      HttpTransport& transport = send->remote == Remote::kKubernetes ? p_.kubernetes : p_.dts;
      transport.Send(send->id, std::move(send->request), *this);
    } else if (const auto* cancel = std::get_if<CancelRequest>(&command)) {
      // The core does not say which transport has the call; the other one does not know it.
      p_.kubernetes.Cancel(cancel->id);
      p_.dts.Cancel(cancel->id);
    } else if (const auto* line = std::get_if<LogLine>(&command)) {
      p_.log.Write(line->level, line->message, line->fields);
    } else if (const auto* exit = std::get_if<Exit>(&command)) {
      exiting_ = true;
      exit_code_ = exit->code;
    }
  }
  commands->clear();
}

}  // namespace dtsop
