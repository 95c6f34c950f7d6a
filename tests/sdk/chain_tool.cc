// The operator's chain of credentials behind a pipe. A line of JSON with env and files begins an
// inquiry; each request of the chain is a line to standard output, and its answer the next line
// from standard input. The inquiry ends with a line of the keys, or of what was said instead.
#include <chrono>
#include <iostream>
#include <string>

#include "base/json.h"
#include "credentials/own_credentials.h"
#include "tests/support/outbox_probe.h"

namespace dtsop {
namespace {

Json ReadLine() {
  std::string line;
  return std::getline(std::cin, line) ? ParseJson(line).value_or(Json()) : Json();
}

void Ask(OutboxProbe* probe) {
  const HttpRequest request = probe->Take();
  Json headers = Json::array();
  for (const auto& [name, value] : request.headers) headers.push_back({name, value});
  std::cout << DumpJson({{"method", request.method},
                         {"origin", request.origin},
                         {"target", request.target},
                         {"headers", headers},
                         {"body", request.body}})
            << std::endl;
  const Json answer = ReadLine();
  if (BoolOr(Member(answer, "broken"), false)) return probe->Break(HttpError::kConnect, false);
  probe->Answer(static_cast<int>(LenientInt(Member(answer, "status")).value_or(0)),
                StringOr(Member(answer, "body")));
}

void Inquire(const Json& around) {
  const auto text = [&around](const char* kind,
                              const std::string& name) -> std::optional<std::string> {
    const Json& value = Member(around, kind, name);
    return value.is_string() ? std::optional(StringOr(value)) : std::nullopt;
  };
  OutboxProbe probe;
  Random random(1);
  OwnCredentials own({},
                     {[&text](const std::string& name) { return text("env", name); },
                      [&text](const std::string& path) -> Result<std::optional<std::string>> {
                        return text("files", path);
                      }},
                     probe.outbox, random, [](Now) {});
  OwnCredentials::View view = own.Get(probe.now);
  while (!probe.sent().empty()) Ask(&probe);
  view = own.Get(probe.now);
  Json end = {{"said", view.problem}};
  if (view.credentials) {
    end.update({{"id", view.credentials->access_key_id},
                {"secret", view.credentials->access_key_secret.Reveal()},
                {"token", view.credentials->security_token.Reveal()}});
  }
  std::cout << DumpJson(end) << std::endl;
}

}  // namespace
}  // namespace dtsop

int main() {
  for (dtsop::Json around = dtsop::ReadLine(); around.is_object(); around = dtsop::ReadLine()) {
    dtsop::Inquire(around);
  }
  return 0;
}
