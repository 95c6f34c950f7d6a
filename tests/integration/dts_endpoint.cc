#include "tests/integration/dts_endpoint.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/support/http_client.h"

namespace dtsop {

DtsEndpoint::DtsEndpoint(const std::string& address, const TestCert& cert) {
  simulator::ServerSetup setup;
  setup.seed = 1;
  setup.listen = address;
  setup.tls_cert_pem = cert.cert_pem;
  setup.tls_key_pem = cert.key_pem;
  setup.control_listen = "127.0.0.1:0";
  simulator::Account account;
  account.access_key_id = kAccessKeyId;
  account.access_key_secret = SecretString(kAccessKeySecret);
  setup.settings.accounts.push_back(std::move(account));
  auto server = simulator::SimulatorServer::Listen(
      std::move(setup), clock_, [](simulator::SimulatorServer::Level, const Json&) {});
  if (!server) std::abort();
  server_ = std::move(*server);
}

std::string DtsEndpoint::origin() const { return fmt::format("http://127.0.0.1:{}", port()); }

Json DtsEndpoint::Control(const std::string& method, const std::string& path, const Json& body) {
  HttpRequest request;
  request.method = method;
  request.origin = fmt::format("http://127.0.0.1:{}", server_->control_port());
  request.target = path;
  if (!body.is_null()) request.body = DumpJson(body);
  const HttpResult result = HttpClient::Shared().Send(std::move(request));
  EXPECT_EQ(result.status, 200) << method << " " << path << ": " << result.detail << result.body;
  return ParseJson(result.body).value_or(Json());
}

void DtsEndpoint::AddJob(const std::string& id, const Json& fields) {
  Json job = {{"precheckDuration", "200ms"}, {"initializeDuration", "300ms"}};
  job.update(fields);
  Control("PUT", "/jobs/" + id, job);
}

int DtsEndpoint::StartsOf(const std::string& id) {
  return static_cast<int>(IntOr(Member(Job(id), "startsEffective"), -1));
}

std::vector<Json> DtsEndpoint::Calls(const std::string& action) {
  std::vector<Json> calls;
  for (int64_t seen = 0;;) {
    const Json page = Control("GET", fmt::format("/calls?since={}", seen));
    const Json& list = Member(page, "calls");
    if (list.empty()) return calls;
    for (const Json& call : list) {
      seen = IntOr(Member(call, "seq"), seen);
      if (action.empty() || StringOr(Member(call, "action")) == action) calls.push_back(call);
    }
  }
}

}  // namespace dtsop
