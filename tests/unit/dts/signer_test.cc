#include "dts/signer.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/crypto.h"

namespace dtsop {
namespace {

WallTime At(const char* text) { return ParseRfc3339(text).value(); }

std::string Query(const HttpRequest& request) {
  return request.target.substr(request.target.find('?') + 1);
}

std::string Parameter(const QueryParameters& parameters, std::string_view name) {
  for (const auto& [key, value] : parameters) {
    if (key == name) return value;
  }
  return "";
}

struct V1Vector {
  const char* method;
  const char* secret;
  QueryParameters parameters;
  const char* signature;
};

// The first two are Alibaba's manual's, the third a public test's.
const std::vector<V1Vector>& V1Vectors() {
  static const std::vector<V1Vector> kVectors = {
      {"GET",
       "testsecret",
       {{"AccessKeyId", "testid"},
        {"Action", "DescribeRegions"},
        {"Format", "XML"},
        {"SignatureMethod", "HMAC-SHA1"},
        {"SignatureNonce", "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf"},
        {"SignatureVersion", "1.0"},
        {"Timestamp", "2016-02-23T12:46:24Z"},
        {"Version", "2014-05-26"}},
       "OLeaidS1JvxuMvnyHOwuJ+uX5qY="},
      {"GET",
       "testsecret",
       {{"AccessKeyId", "testid"},
        {"Action", "DescribeDedicatedHosts"},
        {"Format", "JSON"},
        {"RegionId", "cn-beijing"},
        {"SignatureMethod", "HMAC-SHA1"},
        {"SignatureNonce", "edb2b34af0af9a6d14deaf7c1a5315eb"},
        {"SignatureVersion", "1.0"},
        {"Timestamp", "2023-03-13T08:34:30Z"},
        {"Version", "2014-05-26"}},
       "9NaGiOspFP5UPcwX8Iwt2YJXXuk="},
      {"GET",
       "testSecret",
       {{"TemplateParam", R"({"customer":"test"})"},
        {"AccessKeyId", "testId"},
        {"Action", "SendSms"},
        {"Format", "XML"},
        {"OutId", "123"},
        {"PhoneNumbers", "15300000001"},
        {"RegionId", "cn-hangzhou"},
        {"SignName", "阿里云短信测试专用"},
        {"SignatureMethod", "HMAC-SHA1"},
        {"SignatureNonce", "45e25e9b-0a6f-4070-8c85-2956eda1b466"},
        {"SignatureVersion", "1.0"},
        {"TemplateCode", "SMS_71390007"},
        {"Timestamp", "2017-07-12T02:42:19Z"},
        {"Version", "2017-05-25"}},
       "zJDF+Lrzhj/ThnlvIToysFRq6t4="}};
  return kVectors;
}

TEST(SignerV1, GivesThePublishedSignatures) {
  for (const V1Vector& vector : V1Vectors()) {
    EXPECT_EQ(
        V1Signature(SecretString(vector.secret), V1StringToSign(vector.method, vector.parameters)),
        vector.signature);
  }
}

TEST(SignerV1, GivesThePublishedStringToSign) {
  EXPECT_EQ(V1StringToSign("GET", V1Vectors()[0].parameters),
            "GET&%2F&AccessKeyId%3Dtestid%26Action%3DDescribeRegions%26Format%3DXML%26"
            "SignatureMethod%3DHMAC-SHA1%26SignatureNonce%3D3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf"
            "%26SignatureVersion%3D1.0%26Timestamp%3D2016-02-23T12%253A46%253A24Z%26"
            "Version%3D2014-05-26");
}

// The example of the manual's page on the V3 request structure.
TEST(SignerAcs3, GivesThePublishedRequest) {
  const RpcCall call{"RunInstances",
                     "2014-05-26",
                     {{"RegionId", "cn-shanghai"},
                      {"ImageId", "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"}}};
  const HttpRequest request =
      SignRpc(SignatureKind::kAcs3, call, "https://ecs.cn-shanghai.aliyuncs.com",
              {"YourAccessKeyId", SecretString("YourAccessKeySecret"), SecretString()},
              At("2023-10-26T10:22:32Z"), "3156853299f313e23d1673dc12e1703d");
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.body, "");
  EXPECT_EQ(request.target,
            "/?ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai");
  EXPECT_EQ(FindHeader(request.headers, "Host"), "ecs.cn-shanghai.aliyuncs.com");
  EXPECT_EQ(FindHeader(request.headers, "Accept"), "application/json");
  EXPECT_EQ(FindHeader(request.headers, "Authorization"),
            "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;"
            "x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,"
            "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0");
}

TEST(SignerAcs3, GivesThePublishedHashOfTheCanonicalRequest) {
  const HttpHeaders headers = {{"Host", " ecs.cn-shanghai.aliyuncs.com "},
                               {"X-Acs-Version", "2014-05-26"},
                               {"x-acs-action", "RunInstances"},
                               {"x-acs-date", "2023-10-26T10:22:32Z"},
                               {"x-acs-signature-nonce", "3156853299f313e23d1673dc12e1703d"},
                               {"x-acs-content-sha256", Sha256Hex("")}};
  const std::string canonical =
      Acs3CanonicalRequest("POST", "/",
                           {{"ImageId", "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"},
                            {"RegionId", "cn-shanghai"}},
                           headers, Sha256Hex(""));
  EXPECT_EQ(Sha256Hex(canonical),
            "7ea06492da5221eba5297e897ce16e55f964061054b7695beedaac1145b1e259");
}

TEST(SignerAcs3, SignsTheSecurityTokenAsAHeader) {
  const HttpRequest request =
      SignRpc(SignatureKind::kAcs3, {"StartDtsJob", "2020-01-01", {}}, "https://dts.aliyuncs.com",
              {"id", SecretString("secret"), SecretString("token")}, WallTime(), "nonce");
  EXPECT_EQ(request.target, "/");
  EXPECT_EQ(FindHeader(request.headers, "x-acs-security-token"), "token");
  EXPECT_NE(FindHeader(request.headers, "authorization").find("x-acs-security-token"),
            std::string_view::npos);
}

TEST(SignerV1, PutsEverythingIntoTheQuery) {
  const HttpRequest request = SignRpc(
      SignatureKind::kV1, {"StartDtsJob", "2020-01-01", {{"DtsJobId", "j1"}}},
      "https://dts.aliyuncs.com:443", {"id", SecretString("secret"), SecretString("to/ken+=")},
      At("2026-01-02T03:04:05Z"), "nonce");
  const QueryParameters sent = DecodeQuery(Query(request));
  EXPECT_EQ(FindHeader(request.headers, "host"), "dts.aliyuncs.com");
  EXPECT_EQ(Parameter(sent, "Action"), "StartDtsJob");
  EXPECT_EQ(Parameter(sent, "Version"), "2020-01-01");
  EXPECT_EQ(Parameter(sent, "DtsJobId"), "j1");
  EXPECT_EQ(Parameter(sent, "Format"), "JSON");
  EXPECT_EQ(Parameter(sent, "AccessKeyId"), "id");
  EXPECT_EQ(Parameter(sent, "SecurityToken"), "to/ken+=");
  EXPECT_EQ(Parameter(sent, "Timestamp"), "2026-01-02T03:04:05Z");
  EXPECT_EQ(Parameter(sent, "SignatureNonce"), "nonce");
  EXPECT_EQ(Parameter(sent, "Signature").size(), 28U);
}

TEST(Signer, ValuesCannotBecomeParametersOrHeaders) {
  for (const SignatureKind kind : {SignatureKind::kAcs3, SignatureKind::kV1}) {
    for (const char* value : {"a&Action=DeleteDtsJob", "a=b", "50%26x", "a+b c", "a\nb\r\nx: y",
                              "数据", "~*'()!", "#?/", "\xff\xfe", "%"}) {
      const HttpRequest request = SignRpc(
          kind, {"StartDtsJob", "2020-01-01", {{"DtsJobId", value}}}, "https://dts.aliyuncs.com",
          {"id", SecretString("secret"), SecretString()}, WallTime(), "nonce");
      const QueryParameters sent = DecodeQuery(Query(request));
      EXPECT_EQ(Parameter(sent, "DtsJobId"), value);
      EXPECT_EQ(sent.size(), kind == SignatureKind::kAcs3 ? 1U : 10U);
      for (const char c : request.target) EXPECT_GT(c, ' ');
      for (const auto& [name, text] : request.headers) {
        EXPECT_EQ(text.find_first_of("\r\n"), std::string::npos) << name;
      }
    }
  }
}

TEST(Signer, SignatureCoversEveryParameter) {
  const auto signature = [](SignatureKind kind, const QueryParameters& parameters) {
    const HttpRequest request =
        SignRpc(kind, {"StartDtsJob", "2020-01-01", parameters}, "https://dts.aliyuncs.com",
                {"id", SecretString("secret"), SecretString()}, WallTime(), "nonce");
    return kind == SignatureKind::kV1 ? Parameter(DecodeQuery(Query(request)), "Signature")
                                      : std::string(FindHeader(request.headers, "authorization"));
  };
  for (const SignatureKind kind : {SignatureKind::kAcs3, SignatureKind::kV1}) {
    const std::string base = signature(kind, {{"A", "1"}, {"B", "2"}});
    EXPECT_EQ(signature(kind, {{"B", "2"}, {"A", "1"}}), base);
    EXPECT_NE(signature(kind, {{"A", "1"}, {"B", "3"}}), base);
    EXPECT_NE(signature(kind, {{"A", "1"}}), base);
    EXPECT_NE(signature(kind, {{"A", "1&B=2"}}), base);
  }
}

}  // namespace
}  // namespace dtsop
