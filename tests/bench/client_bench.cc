// Measures the client of DTS alone: signing, the transport, decoding. Prints one JSON object:
//   calls      over the loopback interface, to a server in a process of its own whose answers never
//              change: calls a second, CPU time of the client for each, and how long one takes.
//              Describe and list keep their connections, each start opens one.
//   alone_us   CPU time of signing one request and of decoding one answer, without a network
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <mutex>

#include "dts/job_list.h"
#include "dts/signer.h"
#include "net/cpprest_transport.h"
#include "net/http_server.h"
#include "simulator/config.h"
#include "simulator/simulator.h"
#include "tests/support/certs.h"

namespace dtsop {
namespace {

using SteadyClock = std::chrono::steady_clock;
using Micros = std::chrono::duration<double, std::micro>;

constexpr char kJobs[] =
    "accounts: [{accessKeyId: bench, accessKeySecret: bench}]\n"
    "jobs: [{jobId: 'bench{n}', count: 100, status: Synchronizing},\n"
    "       {jobId: idle, type: MIGRATION}]\n";
constexpr int kWarmUp = 100;

struct Call {
  std::string action;
  QueryParameters parameters;
};
const Call kDescribe = {"DescribeDtsJobDetail",
                        {{"DtsJobId", "bench1"}, {"RegionId", "cn-hangzhou"}}};
const Call kList = {"DescribeDtsJobs", JobPageParameters(JobType::kSync, "cn-hangzhou", 1)};
const Call kStart = {"StartDtsJob", {{"DtsJobId", "idle"}, {"RegionId", "cn-hangzhou"}}};

[[noreturn]] void GiveUp(const std::string& problem) {
  std::fprintf(stderr, "client_bench: %s\n", problem.c_str());
  std::exit(1);
}

template <class T>
T Need(Result<T> result) {
  if (!result) GiveUp(result.error().message);
  return *std::move(result);
}

HttpRequest Signed(SignatureKind kind, const Call& call, const std::string& origin) {
  static Random random(1);
  HttpRequest request = SignRpc(kind, {call.action, "2020-01-01", call.parameters}, origin,
                                {"bench", SecretString("bench"), SecretString()},
                                SystemClock().Read().wall, random.Hex128());
  request.exactly_once = call.action == kStart.action;
  return request;
}

// Ends the program unless `result` is what `call` should be answered with.
void Decode(const Call& call, const HttpResult& result) {
  const auto reply = DecodeReply(result);
  bool good = reply.has_value();
  if (good && call.action == kDescribe.action) good = DecodeJobDetail(*reply).has_value();
  if (good && call.action == kList.action) {
    const auto page = DecodeJobPage(*reply);
    good = page && page->jobs.size() == kJobsPerPage;
  }
  if (!good) GiveUp(call.action + " was answered with " + result.body + result.detail);
}

// What DTS says to `call`, once it has verified the signature.
HttpResult AnswerTo(Call call, const char* format) {
  call.parameters.emplace_back("Format", format);
  const WallTime now = SystemClock().Read().wall;
  simulator::DtsSimulator dts(Need(simulator::ParseConfig(kJobs)), Random(1), now);
  auto reply = dts.Handle(Signed(SignatureKind::kAcs3, call, "http://127.0.0.1"), now);
  HttpResult result;
  result.status = reply.status;
  result.headers = std::move(reply.headers);
  result.body = std::move(reply.body);
  Decode(call, result);
  return result;
}

// The origins of two servers, without and with TLS, in a process that ends with this one. To be
// called before there are threads.
std::array<std::string, 2> Serve(const TestCert& certificate) {
  std::array<int, 2> told{};
  const pid_t child = pipe(told.data()) == 0 ? fork() : -1;
  if (child < 0) GiveUp("cannot start a server");
  std::array<uint16_t, 2> ports{};
  if (child > 0) {
    if (read(told[0], &ports, sizeof ports) != sizeof ports) GiveUp("the server did not start");
    return {"http://127.0.0.1:" + std::to_string(ports[0]),
            "https://127.0.0.1:" + std::to_string(ports[1])};
  }
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  std::map<std::string, HttpResult, std::less<>> answers;
  for (const Call* call : {&kDescribe, &kList, &kStart}) {
    answers[call->action] = AnswerTo(*call, "JSON");
  }
  const auto answer = [&answers](const ServerRequest& request) {
    const HttpResult& known = answers[std::string(FindHeader(request.headers, "x-acs-action"))];
    return ServerReply{known.status, known.headers, known.body};
  };
  ServerOptions options;
  const auto plain = Need(HttpServer::Listen(options, answer));
  options.tls_cert_pem = certificate.cert_pem;
  options.tls_key_pem = certificate.key_pem;
  const auto tls = Need(HttpServer::Listen(options, answer));
  ports = {plain->port(), tls->port()};
  if (write(told[1], &ports, sizeof ports) != sizeof ports) _exit(1);
  for (;;) pause();
}

// As in the operator: the transport's thread posts what is done, the main thread decodes and sends.
class Inbox final : public HttpSink {
 public:
  void OnHead(CallId, int) override {}
  void OnChunk(CallId, std::string_view) override {}
  void OnDone(CallId id, HttpResult result) override {
    const std::lock_guard lock(mutex_);
    done_.emplace_back(id, std::move(result));
    changed_.notify_one();
  }
  std::pair<CallId, HttpResult> Take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !done_.empty(); });
    auto first = std::move(done_.front());
    done_.pop_front();
    return first;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::pair<CallId, HttpResult>> done_;
};

// Makes `calls` calls, so many at once; how long each took, from signing to decoded, sorted.
std::vector<double> Perform(HttpTransport& transport, Inbox& inbox, const Call& call,
                            const std::string& origin, size_t calls, size_t at_once) {
  static CallId last_id = 0;
  std::map<CallId, SteadyClock::time_point> under_way;
  std::vector<double> took;
  for (size_t sent = 0; took.size() < calls;) {
    for (; sent < calls && under_way.size() < at_once; ++sent) {
      under_way[++last_id] = SteadyClock::now();
      transport.Send(last_id, Signed(SignatureKind::kAcs3, call, origin), inbox);
    }
    const auto [id, result] = inbox.Take();
    Decode(call, result);
    took.push_back(Micros(SteadyClock::now() - under_way[id]).count());
    under_way.erase(id);
  }
  std::sort(took.begin(), took.end());
  return took;
}

// Of all threads of this process, in microseconds.
double CpuTime() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e6 +
         static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

double Rounded(double value) { return std::round(value * 10) / 10; }

template <class Work>
double Alone(int times, Work work) {
  const double cpu = CpuTime();
  for (int i = 0; i < times; ++i) work();
  return Rounded((CpuTime() - cpu) / times);
}

Json MeasureAlone() {
  const std::string origin = "https://dts.aliyuncs.com";
  const HttpResult detail = AnswerTo(kDescribe, "JSON");
  const HttpResult page = AnswerTo(kList, "JSON");
  const HttpResult xml = AnswerTo(kList, "XML");
  return {{"sign_acs3", Alone(20'000, [&] { Signed(SignatureKind::kAcs3, kStart, origin); })},
          {"sign_v1", Alone(20'000, [&] { Signed(SignatureKind::kV1, kStart, origin); })},
          {"decode_detail", Alone(20'000, [&] { Decode(kDescribe, detail); })},
          {"decode_100_jobs", Alone(500, [&] { Decode(kList, page); })},
          {"decode_100_jobs_xml", Alone(500, [&] { Decode(kList, xml); })}};
}

int Run() {
  const TestCa ca;
  const auto [plain, tls] = Serve(ca.Issue());
  PrepareProcessForTransport();
  TransportOptions options;
  options.tls.ca_pem = ca.cert_pem();
  Inbox inbox;  // outlives the transport
  const auto transport = Need(MakeCpprestTransport(options));
  const auto measure = [&](const Call& call, const std::string& origin, size_t calls,
                           size_t at_once) -> Json {
    Perform(*transport, inbox, call, origin, kWarmUp, at_once);
    const double cpu = CpuTime();
    const auto began = SteadyClock::now();
    const std::vector<double> took = Perform(*transport, inbox, call, origin, calls, at_once);
    const auto count = static_cast<double>(calls);
    return {{"per_second", std::round(count * 1e6 / Micros(SteadyClock::now() - began).count())},
            {"cpu_us", Rounded((CpuTime() - cpu) / count)},
            {"p50_us", Rounded(took[calls / 2])},
            {"p99_us", Rounded(took[calls * 99 / 100])}};
  };
  const Json calls = {{"describe", measure(kDescribe, plain, 20'000, 1)},
                      {"describe_16_at_once", measure(kDescribe, plain, 20'000, 16)},
                      {"describe_tls", measure(kDescribe, tls, 20'000, 1)},
                      {"list_100_jobs", measure(kList, plain, 1'000, 1)},
                      {"start", measure(kStart, plain, 4'000, 1)},
                      {"start_tls", measure(kStart, tls, 2'000, 1)}};
  const Json all = {{"calls", calls}, {"alone_us", MeasureAlone()}};
  std::puts(all.dump(2).c_str());
  return 0;
}

}  // namespace
}  // namespace dtsop

int main() { return dtsop::Run(); }
