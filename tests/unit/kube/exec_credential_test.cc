#include "kube/exec_credential.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/kube/scripted_plugin.h"

namespace dtsop {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ExecCredential, OnlyAUsableTokenOfTheAskedVersionIsTaken) {
  const auto parse = [](const std::string& status, const std::string& version = kExecV1) {
    const auto credential = ParseExecCredential(
        R"({"kind":"ExecCredential","apiVersion":")" + version + R"(","status":)" + status + "}",
        kExecV1);
    return credential ? credential->token.Reveal() : credential.error().message;
  };
  EXPECT_EQ(parse(R"({"token":"t"})"), "t");
  EXPECT_EQ(parse(R"({"token":"t","expirationTimestamp":"2026-11-24T13:35:41Z"})"), "t");
  EXPECT_THAT(parse(R"({"token":"t","expirationTimestamp":"soon"})"), HasSubstr("RFC 3339"));
  EXPECT_THAT(parse(R"({"token":"t"})", "client.authentication.k8s.io/v1beta1"),
              HasSubstr("apiVersion"));
  EXPECT_THAT(parse(R"({"clientCertificateData":"x"})"), HasSubstr("only one of"));
  EXPECT_THAT(parse(R"({"token":"t","clientKeyData":"x"})"), HasSubstr("only one of"));
  EXPECT_EQ(parse(R"({"clientCertificateData":"x","clientKeyData":"y"})"), "");
  EXPECT_EQ(parse(R"({"token":"t","clientCertificateData":"x","clientKeyData":"y"})"), "t");
  EXPECT_THAT(parse(R"({"token":"geheim\r\nA: b"})"), Not(HasSubstr("geheim")));
  EXPECT_THAT(parse("[]"), HasSubstr("neither status.token"));
  EXPECT_THAT(ParseExecCredential("geheim", kExecV1).error().message, Not(HasSubstr("geheim")));
  EXPECT_FALSE(ParseExecCredential(R"({"kind":"Secret"})", kExecV1));
}

}  // namespace
}  // namespace dtsop
