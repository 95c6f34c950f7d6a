// Signature V1, where the parameters are in the query, in a form body, or in both.
#include <gtest/gtest.h>

#include "simulator/gateway.h"
#include "tests/unit/simulator/rig.h"

namespace dtsop::simulator {
namespace {

// A V1 request with its parameters wherever the test puts them.
HttpRequest V1(const std::string& method, QueryParameters query, QueryParameters form) {
  QueryParameters all = query;
  all.insert(all.end(), form.begin(), form.end());
  query.emplace_back("Signature", V1Signature(SecretString("secret"), V1StringToSign(method, all)));
  HttpRequest request;
  request.method = method;
  request.target = "/?" + EncodeQuery(query);
  request.headers = {{"Host", "dts.aliyuncs.com"}};
  if (!form.empty()) {
    request.headers.emplace_back("Content-Type",
                                 "application/x-www-form-urlencoded; charset=utf-8");
    request.body = EncodeQuery(form);
  }
  return request;
}

const QueryParameters& V1Parameters() {
  static const QueryParameters kParameters = {{"Action", "StartDtsJob"},
                                              {"Version", "2020-01-01"},
                                              {"DtsJobId", "sync"},
                                              {"AccessKeyId", "key"},
                                              {"SignatureMethod", "HMAC-SHA1"},
                                              {"SignatureVersion", "1.0"},
                                              {"SignatureNonce", "n"},
                                              {"Timestamp", "2026-11-24T13:35:41Z"},
                                              {"Format", "json"}};
  return kParameters;
}

TEST(GatewayV1, SignsQueryAndFormTogether) {
  for (size_t split = 0; split <= V1Parameters().size(); ++split) {
    const auto middle = V1Parameters().begin() + static_cast<int64_t>(split);
    for (const char* method : {"GET", "POST"}) {
      Rig rig;
      const SimulatedReply reply =
          rig.Send(V1(method, {V1Parameters().begin(), middle}, {middle, V1Parameters().end()}));
      EXPECT_EQ(Rig::CodeOf(reply), "") << method << " " << split;
      EXPECT_EQ(rig.Status("sync"), "Prechecking");
    }
  }
}

TEST(GatewayV1, CountsAParameterThatStandsInQueryAndFormOnce) {
  const QueryParameters& all = V1Parameters();
  for (const auto& [name, value] : all) {
    Rig rig;
    // As the SDKs sign: over one set of parameters, where each name has one value.
    HttpRequest request = V1("POST", all, {});
    request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    request.body = EncodeQuery({{name, value}});
    EXPECT_EQ(Rig::CodeOf(rig.Send(request)), "") << name;
    EXPECT_EQ(rig.Status("sync"), "Prechecking");
  }
}

TEST(GatewayV1, TheFormWinsWhereTheQueryHasAnotherValue) {
  Rig rig;
  QueryParameters query = V1Parameters();
  for (auto& [name, value] : query) {
    if (name == "DtsJobId") value = "migration";
  }
  HttpRequest request = V1("POST", V1Parameters(), {});
  query.emplace_back("Signature",
                     V1Signature(SecretString("secret"), V1StringToSign("POST", V1Parameters())));
  request.target = "/?" + EncodeQuery(query);
  request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  request.body = "DtsJobId=sync";
  EXPECT_EQ(Rig::CodeOf(rig.Send(request)), "");
  EXPECT_EQ(rig.Status("sync"), "Prechecking");
  EXPECT_EQ(rig.Status("migration"), "NotStarted");
}

TEST(GatewayV1, NamesTheMissingParameter) {
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"Action", "MissingAction"},
      {"Version", "MissingVersion"},
      {"AccessKeyId", "MissingAccessKeyId"},
      {"SignatureMethod", "InvalidSignatureMethod"},
      {"SignatureNonce", "MissingSignatureNonce"},
      {"Timestamp", "MissingTimestamp"},
      {"DtsJobId", "MissingDtsJobId"}};
  for (const auto& [name, code] : expected) {
    QueryParameters parameters = V1Parameters();
    // Clang 14 captures no structured binding.
    std::erase_if(parameters, [&name = name](const auto& each) { return each.first == name; });
    EXPECT_EQ(Rig::CodeOf(Rig().Send(V1("GET", parameters, {}))), code);
  }
}

TEST(GatewayV1, RefusesMalformedTimestamps) {
  for (const char* time : {"yesterday", "2026-11-24 13:35:41", "2026-11-24T13:35:41+08:00"}) {
    QueryParameters parameters = V1Parameters();
    parameters[7].second = time;
    EXPECT_EQ(Rig::CodeOf(Rig().Send(V1("GET", parameters, {}))), "InvalidTimeStamp.Format");
  }
}

}  // namespace
}  // namespace dtsop::simulator
