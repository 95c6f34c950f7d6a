// Surroundings that a test sets up, and a look at what a provider says in them.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>

#include "base/json.h"
#include "credentials/metadata.h"
#include "credentials/provider.h"

namespace dtsop {

struct FakeSurroundings {
  std::map<std::string, std::string> variables;
  std::map<std::string, Result<std::optional<std::string>>> files;
  EnvLookup env = [this](const std::string& name) -> std::optional<std::string> {
    const auto at = variables.find(name);
    return at == variables.end() ? std::nullopt : std::optional(at->second);
  };
  FileReader read_file = [this](const std::string& path) -> Result<std::optional<std::string>> {
    const auto at = files.find(path);
    return at == files.end() ? std::nullopt : at->second;
  };
};

inline HttpResult AnswerOf(int status, std::string body, HttpHeaders headers = {}) {
  HttpResult result;
  result.status = status;
  result.body = std::move(body);
  result.headers = std::move(headers);
  return result;
}

// What the servers of temporary credentials send, good for an hour from ProviderTest::now_.
inline Json Temporary() {
  return {{"Code", "Success"},
          {"AccessKeyId", "STS.id"},
          {"AccessKeySecret", "sts-secret"},
          {"SecurityToken", "sts-token"},
          {"Expiration", "2026-11-24T14:00:00Z"}};
}

// Answers of which none grants anything, whoever sends them.
inline std::vector<std::string> BadBodies() {
  std::vector<std::string> bodies = {"",
                                     "<html>hunter2</html>",
                                     "null",
                                     "[]",
                                     "7",
                                     "\"hunter2\"",
                                     R"({"Code":"Success"})",
                                     R"({"Credentials":"hunter2"})",
                                     "{\"AccessKeyId\":",
                                     std::string(100, '[')};
  for (const char* name : {"AccessKeyId", "AccessKeySecret", "SecurityToken", "Expiration"}) {
    for (const Json& value : {Json(), Json(7), Json(""), Json::array({"hunter2"}),
                              Json("hunter2 hunter2"), Json("hunter2\r\nX-Evil: 1")}) {
      Json body = Temporary();
      body[name] = value;
      bodies.push_back(DumpJson(body));
      bodies.push_back(DumpJson({{"Credentials", body}}));
    }
  }
  return bodies;
}

class ProviderTest : public testing::Test {
 protected:
  ProviderContext Context() {
    return {around_.env, around_.read_file, random_, origin_, sts_clock_};
  }
  void Set(const std::string& name, const std::string& value) { around_.variables[name] = value; }

  static std::string Skip(const Step& step) {
    const auto* skipped = std::get_if<Skipped>(&step);
    return skipped == nullptr ? "(not skipped)" : skipped->why;
  }
  static std::string Failure(const Step& step) {
    const auto* failed = std::get_if<Failed>(&step);
    return failed == nullptr ? "(not failed)" : failed->why;
  }
  static std::string Refusal(const Step& step) {
    const auto* refused = std::get_if<Refused>(&step);
    return refused == nullptr ? "(not refused)" : refused->why;
  }
  // The request; an empty one when nothing is asked.
  static HttpRequest Request(const Step& step) {
    const auto* ask = std::get_if<Ask>(&step);
    return ask == nullptr ? HttpRequest{} : ask->request;
  }
  Step Answer(const Step& step, const HttpResult& result) {
    const auto* ask = std::get_if<Ask>(&step);
    return ask == nullptr ? Step(Failed{"(nothing was asked)"}) : ask->then(result, now_);
  }
  static void ExpectGrant(const Step& step, const std::string& id, const std::string& token) {
    const auto* grant = std::get_if<Grant>(&step);
    ASSERT_NE(grant, nullptr) << WhyNot(step);
    EXPECT_EQ(grant->credentials.access_key_id, id);
    EXPECT_EQ(grant->credentials.security_token.Reveal(), token);
  }
  static HttpResult Broken(HttpError error) {
    HttpResult result;
    result.error = error;
    result.detail = "broken by the test";
    return result;
  }

  FakeSurroundings around_;
  Random random_{1};
  std::string origin_ = kMetadataOrigin;
  ServerClock sts_clock_;
  Now now_{MonoTime(hours(100)), ParseRfc3339("2026-11-24T13:00:00Z").value()};
};

}  // namespace dtsop
