#include "tests/unit/net/transport_fixture.h"

namespace dtsop {
namespace {

using testing::Test;

class TransportContract : public TransportTest {};

ServerReply Echo(const ServerRequest& request) {
  ServerReply reply;
  reply.body = request.method + " " + request.target + " " + request.body;
  return reply;
}

TEST_F(TransportContract, PassesMethodTargetHeadersAndBodyOn) {
  Imposter server(Echo);
  Use(server.Origin());
  HttpRequest request = Post(R"({"a":1})");
  request.method = "PATCH";
  request.target = "/apis/x%2Fy/z?fieldManager=a%20b&force=true&empty=";
  request.headers = {{"Content-Type", "application/merge-patch+json"}, {"X-Two", "a, b"}};

  const auto outcome = Perform(request);

  EXPECT_EQ(outcome.result.error, HttpError::kNone) << outcome.result.detail;
  EXPECT_EQ(outcome.result.status, 200);
  EXPECT_EQ(outcome.result.body, "PATCH " + request.target + " " + request.body);
  const auto requests = server.Requests();
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(FindHeader(requests[0].headers, "content-type"), "application/merge-patch+json");
  EXPECT_EQ(FindHeader(requests[0].headers, "x-two"), "a, b");
  EXPECT_EQ(FindHeader(requests[0].headers, "host"), server.Authority());
}

TEST_F(TransportContract, GivesStatusHeadersAndBodyOfAnErrorAnswerWithoutAnError) {
  Imposter server([](const ServerRequest&) {
    return ServerReply{.status = 409, .headers = {{"Retry-After", "7"}}, .body = "conflict"};
  });
  Use(server.Origin());

  const auto outcome = Perform(Get());

  EXPECT_EQ(outcome.result.error, HttpError::kNone);
  EXPECT_TRUE(outcome.result.sent);
  EXPECT_EQ(outcome.result.status, 409);
  EXPECT_EQ(FindHeader(outcome.result.headers, "retry-after"), "7");
  EXPECT_EQ(outcome.result.body, "conflict");
  EXPECT_EQ(outcome.heads, 0);
}

}  // namespace
}  // namespace dtsop
