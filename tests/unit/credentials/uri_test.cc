#include "credentials/provider.h"
#include "tests/unit/credentials/rig.h"

namespace dtsop {
namespace {

using testing::HasSubstr;
using testing::Not;

class Uri : public ProviderTest {
 protected:
  Step For(const std::string& uri) {
    Set("ALIBABA_CLOUD_CREDENTIALS_URI", uri);
    return FromUri(Context(), now_);
  }
};

TEST_F(Uri, IsSkippedWithoutTheVariable) {
  EXPECT_EQ(Skip(FromUri(Context(), now_)), "ALIBABA_CLOUD_CREDENTIALS_URI is not set");
}

TEST_F(Uri, IsAskedWithItsPathAndQuery) {
  HttpRequest request = Request(For("http://127.0.0.1:7002/credentials?role=a%20b"));
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.origin, "http://127.0.0.1:7002");
  EXPECT_EQ(request.target, "/credentials?role=a%20b");
  request = Request(For("https://keys.example?x=1"));
  EXPECT_EQ(request.origin, "https://keys.example");
  EXPECT_EQ(request.target, "/?x=1");
  EXPECT_EQ(Request(For("https://keys.example")).target, "/");
}

TEST_F(Uri, WhatIsNoAddressIsNotQuoted) {
  for (const char* uri : {"hunter2", "file:///hunter2", "http://", "http://user:hunter2@host/",
                          "//hunter2", "http://[::hunter2", "ftp://h/hunter2"}) {
    const std::string why = Failure(For(uri));
    EXPECT_THAT(why, HasSubstr("ALIBABA_CLOUD_CREDENTIALS_URI is not an http")) << uri;
    EXPECT_THAT(why, Not(HasSubstr("hunter2")));
  }
}

TEST_F(Uri, Grants) {
  Json body = Temporary();
  const Step step = For("http://127.0.0.1:7002/hunter2");
  ExpectGrant(Answer(step, AnswerOf(200, DumpJson(body))), "STS.id", "sts-token");
  body.erase("Code");
  ExpectGrant(Answer(step, AnswerOf(200, DumpJson(body))), "STS.id", "sts-token");
}

TEST_F(Uri, AnythingElseFailsAndQuotesNothing) {
  const Step step = For("http://127.0.0.1:7002/hunter2");
  for (const std::string& body : BadBodies()) {
    for (const int status : {200, 301, 404, 500}) {
      const std::string why = Failure(Answer(step, AnswerOf(status, body)));
      EXPECT_THAT(why, HasSubstr("127.0.0.1:7002")) << body;
      EXPECT_THAT(why, Not(HasSubstr("hunter2"))) << body;
    }
  }
  EXPECT_THAT(Failure(Answer(step, Broken(HttpError::kTimeout))), HasSubstr("no answer"));
}

}  // namespace
}  // namespace dtsop
