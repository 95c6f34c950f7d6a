// Any bytes as a request to the simulator: "METHOD TARGET", a line for each header, an empty line,
// the body. The control endpoint gets it, then the DTS endpoint as it stands, then once more with
// its query signed as it should be, so that it reaches what is behind the gateway. Each time there
// is an answer.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "simulator/config.h"
#include "simulator/control.h"

namespace dtsop::simulator {
namespace {

constexpr char kConfig[] =
    "accounts: [{accessKeyId: key, accessKeySecret: secret}]\n"
    "jobs: [{jobId: sync, twoWay: true}, {jobId: migration, type: MIGRATION}]\n";
constexpr WallTime kNow{hours(24 * 20'000)};

// Takes the first line off `text`.
std::string_view TakeLine(std::string_view* text) {
  const size_t end = std::min(text->find('\n'), text->size());
  const std::string_view line = text->substr(0, end);
  text->remove_prefix(std::min(end + 1, text->size()));
  return line;
}

HttpRequest RequestOf(std::string_view text) {
  HttpRequest request;
  const std::string_view first = TakeLine(&text);
  const size_t space = std::min(first.find(' '), first.size());
  request.method = first.substr(0, space);
  request.target = first.substr(std::min(space + 1, first.size()));
  for (std::string_view line = TakeLine(&text); !line.empty(); line = TakeLine(&text)) {
    const size_t colon = std::min(line.find(':'), line.size());
    request.headers.emplace_back(line.substr(0, colon),
                                 line.substr(std::min(colon + 1, line.size())));
  }
  request.body = text;
  return request;
}

// The call that the parameters of the query make, as a client signs it.
HttpRequest Signed(SignatureKind kind, const HttpRequest& request, std::string_view nonce) {
  RpcCall call{"", "2020-01-01", {}};
  const size_t question = request.target.find('?');
  const std::string query =
      question == std::string::npos ? "" : request.target.substr(question + 1);
  for (const auto& [name, value] : DecodeQuery(query)) {
    if (name == "Action") {
      call.action = value;
    } else if (name == "Version") {
      call.version = value;
    } else {
      call.parameters.emplace_back(name, value);
    }
  }
  return SignRpc(kind, call, "http://127.0.0.1:18080", {"key", SecretString("secret"), {}}, kNow,
                 nonce);
}

void Check(int status) {
  if (status < 100 || status > 599) __builtin_trap();
}

}  // namespace
}  // namespace dtsop::simulator

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace dtsop::simulator;
  static const Settings kSettings = *ParseConfig(kConfig);
  DtsSimulator simulator(kSettings, dtsop::Random(1), kNow);
  const dtsop::HttpRequest request = RequestOf({reinterpret_cast<const char*>(data), size});
  const ControlReply control = HandleControl(request, kNow, &simulator);
  Check(control.status);
  (void)dtsop::DumpJson(control.body);
  Check(simulator.Handle(request, kNow).status);
  Check(simulator.Handle(Signed(dtsop::SignatureKind::kAcs3, request, "1"), kNow).status);
  Check(simulator.Handle(Signed(dtsop::SignatureKind::kV1, request, "2"), kNow).status);
  return 0;
}
