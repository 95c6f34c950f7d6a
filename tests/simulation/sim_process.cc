#include "tests/simulation/sim_process.h"

#include <fmt/format.h>

#include <utility>
#include <variant>

namespace dtsop::sim {
namespace {

constexpr int kTicksAtOnceMax = 100;

}  // namespace

SimProcess::SimProcess(SimClock& clock, SimApiServer& kubernetes, SimNetwork::OtherServer dts,
                       SimNetwork::FaultSource faults, Surroundings surroundings, Trace& trace,
                       ProcessObserver& observer, Options options)
    : clock_(clock),
      trace_(trace),
      observer_(observer),
      options_(std::move(options)),
      machine_(clock, options_.clock),
      network_(clock, machine_, kubernetes, std::move(dts), std::move(faults)),
      core_(std::make_unique<Operator>(options_.core, Random(options_.seed), metrics_,
                                       std::move(surroundings))) {}

SimProcess::~SimProcess() = default;

void SimProcess::Note(std::string_view kind, CallId id, std::string_view text) {
  trace_.Add(clock_.now(), options_.name, fmt::format("{} {} {}", kind, id, text));
}

void SimProcess::OnHead(CallId id, int status) { Post(HttpHead{id, status}); }
void SimProcess::OnChunk(CallId id, std::string_view data) {
  Post(HttpChunk{id, std::string(data)});
}
void SimProcess::OnDone(CallId id, HttpResult result) { Post(HttpDone{id, std::move(result)}); }

void SimProcess::Post(Event event) {
  if (!alive()) return;
  if (paused_) {
    inbox_.push_back(std::move(event));
    return;
  }
  Handle(event);
}

void SimProcess::Handle(const Event& event) {
  if (const auto* head = std::get_if<HttpHead>(&event)) {
    Note("head", head->id, std::to_string(head->status));
  } else if (const auto* chunk = std::get_if<HttpChunk>(&event)) {
    Note("chunk", chunk->id, chunk->data);
  } else if (const auto* done = std::get_if<HttpDone>(&event)) {
    Note("done", done->id,
         fmt::format("{} {} {}{}", HttpErrorName(done->result.error), done->result.status,
                     done->result.detail, done->result.body));
  }
  observer_.OnStep(*this);
  if (!alive()) return;
  if (const auto* done = std::get_if<HttpDone>(&event)) {
    if (auto call = calls_.extract(done->id); !call.empty())
      observer_.OnEnded(*this, call.mapped());
  }
  std::vector<Command> commands;
  core_->Handle(event, machine_.Read(), &commands);
  for (Command& command : commands) {
    if (const auto* send = std::get_if<SendRequest>(&command)) observer_.OnDecided(*this, *send);
    commands_.push_back(std::move(command));
  }
  PerformAll();
  if (alive()) ArmTick();
}

void SimProcess::PerformAll() {
  while (alive() && !paused_ && !commands_.empty()) {
    const bool is_call = std::holds_alternative<SendRequest>(commands_.front()) &&
                         std::get<SendRequest>(commands_.front()).request.exactly_once;
    if (is_call && std::exchange(pause_before_send_, false)) {
      paused_ = true;
      return;
    }
    const Command command = std::move(commands_.front());
    commands_.pop_front();
    Perform(command);
    if (alive()) observer_.OnStep(*this);
  }
}

void SimProcess::Perform(const Command& command) {
  if (const auto* send = std::get_if<SendRequest>(&command)) {
    Note("send", send->id,
         fmt::format("{} {}{} {}{}", send->request.method, send->request.origin,
                     send->request.target, FindHeader(send->request.headers, "x-acs-action"),
                     send->request.body));
    observer_.OnSent(*this, *send);
    calls_[send->id] = send->request;
    network_.Send(send->id, send->request, *this);
  } else if (const auto* cancel = std::get_if<CancelRequest>(&command)) {
    Note("cancel", cancel->id, "");
    network_.Cancel(cancel->id);
  } else if (const auto* log = std::get_if<LogLine>(&command)) {
    std::string text(log->message);
    for (const auto& [name, value] : log->fields) text.append(fmt::format(" {}={}", name, value));
    Note("log", static_cast<CallId>(log->level), text);
    observer_.OnLog(*this, *log);
  } else if (const auto* exit = std::get_if<Exit>(&command)) {
    Note("exit", 0, std::to_string(exit->code));
    exit_code_ = exit->code;
    Kill();
  }
}

void SimProcess::Kill() {
  if (!alive()) return;
  Note("dead", 0, "");
  network_.Sever();
  for (const auto& [id, request] : std::exchange(calls_, {})) observer_.OnEnded(*this, request);
  core_.reset();
  inbox_.clear();
  commands_.clear();
}

void SimProcess::Resume() {
  pause_before_send_ = false;
  if (!paused_) return;
  paused_ = false;
  PerformAll();
  std::deque<Event> inbox = std::exchange(inbox_, {});
  for (Event& event : inbox) Post(std::move(event));
  if (alive()) ArmTick();
}

void SimProcess::ArmTick() {
  const MonoTime wanted = core_->NextWakeup();
  const MonoTime at = wanted == kNever ? kNever : std::max(machine_.TrueTime(wanted), clock_.now());
  if (at == tick_at_) return;
  tick_at_ = at;
  const uint64_t epoch = ++tick_epoch_;
  if (at == kNever) return;
  ticks_at_once_ = at == clock_.now() ? ticks_at_once_ + 1 : 0;
  if (ticks_at_once_ > kTicksAtOnceMax) {
    observer_.OnSpin(*this);
    return Kill();
  }
  clock_.At(at, [this, epoch] {
    if (epoch != tick_epoch_ || !alive()) return;
    tick_at_ = kNever;
    Post(Tick{});
  });
}

}  // namespace dtsop::sim
