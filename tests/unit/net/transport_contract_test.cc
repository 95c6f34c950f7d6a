#include <gmock/gmock.h>

#include "net/origin.h"
#include "tests/unit/net/transport_fixture.h"

namespace dtsop {
namespace {

using testing::HasSubstr;

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
  request.target = "/apis/x%2Fy/z?fieldManager=a%20b&force=true&empty=&plus=%2B";
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

TEST_F(TransportContract, SendsTargetsAsTheyStand) {
  Imposter server(Echo);
  Use(server.Origin());
  for (const std::string target : {"/", "/a/", "/a//b", "/?a=1", "/a?x=%2F%3A,b&y=~_-.",
                                   "/a%20b/%E4%B8%AD", "/api/v1?labelSelector=a%3Db%2Cc"}) {
    EXPECT_EQ(Perform(Get(target)).result.body, "GET " + target + " ");
  }
}

TEST_F(TransportContract, GivesAnErrorStatusWithoutAnError) {
  Imposter server([](const ServerRequest&) {
    return ServerReply{.status = 409, .headers = {{"Retry-After", "7"}}, .body = "conflict"};
  });
  Use(server.Origin());
  HttpRequest streamed = Stream();

  for (const auto& outcome : {Perform(Get()), Perform(streamed)}) {
    EXPECT_EQ(outcome.result.error, HttpError::kNone);
    EXPECT_TRUE(outcome.result.sent);
    EXPECT_EQ(outcome.result.status, 409);
    EXPECT_EQ(FindHeader(outcome.result.headers, "retry-after"), "7");
    EXPECT_EQ(outcome.result.body, "conflict");
    EXPECT_EQ(outcome.heads, 0);
    EXPECT_EQ(outcome.chunk_count, 0);
  }
}

TEST_F(TransportContract, DoesNotFollowRedirects) {
  Imposter server([](const ServerRequest&) {
    return ServerReply{.status = 307, .headers = {{"Location", "/elsewhere"}}};
  });
  Use(server.Origin());

  const auto outcome = Perform(Get("/here"));

  EXPECT_EQ(outcome.result.status, 307);
  EXPECT_EQ(FindHeader(outcome.result.headers, "location"), "/elsewhere");
  EXPECT_EQ(server.Requests().size(), 1U);
}

TEST_F(TransportContract, UnderstandsAnswersWithoutABody) {
  Imposter server([](const ServerRequest& request) {
    return ServerReply{.status = request.method == "DELETE" ? 204 : 200};
  });
  Use(server.Origin());
  for (const std::string method : {"DELETE", "HEAD", "GET"}) {
    HttpRequest request = Get();
    request.method = method;
    const auto outcome = Perform(request);
    EXPECT_EQ(outcome.result.error, HttpError::kNone) << method << outcome.result.detail;
    EXPECT_EQ(outcome.result.body, "");
  }
}

TEST_F(TransportContract, StreamsChunksInOrderAfterTheHead) {
  std::vector<RawPiece> pieces = {{ChunkedHead()}};
  std::string expected;
  for (int i = 0; i < 200; ++i) {
    const std::string line = "event " + std::to_string(i) + "\n";
    pieces.push_back({Chunk(line), i % 50 == 0 ? milliseconds(2) : milliseconds(0)});
    expected += line;
  }
  pieces.push_back({Chunk("")});
  Imposter server([&](const ServerRequest&) { return Say(pieces, Delivery::kNormal); });
  Use(server.Origin());

  const auto outcome = Perform(Stream());

  EXPECT_EQ(outcome.result.error, HttpError::kNone) << outcome.result.detail;
  EXPECT_EQ(outcome.heads, 1);
  EXPECT_EQ(outcome.status, 200);
  EXPECT_FALSE(outcome.chunk_before_head);
  EXPECT_EQ(outcome.chunks, expected);
  EXPECT_EQ(outcome.result.body, "");
}

TEST_F(TransportContract, PassesTheHeadAndAChunkOnWhileTheStreamGoesOn) {
  Imposter server([](const ServerRequest&) {
    return Say({{ChunkedHead() + Chunk("first")}}, Delivery::kStall);
  });
  Use(server.Origin());
  const CallId id = Send(Stream());

  const auto outcome = sink_.WaitUntil(id, [](const auto& call) { return call.chunk_count > 0; });

  EXPECT_EQ(outcome.chunks, "first");
  EXPECT_EQ(outcome.heads, 1);
  EXPECT_EQ(outcome.dones, 0);
}

TEST_F(TransportContract, KeepsChunkedBodiesOfOrdinaryCallsWhole) {
  Imposter server([](const ServerRequest&) {
    return Say({{ChunkedHead() + "5;name=value\r\nhello\r\n"}, {Chunk(", world") + Chunk("")}},
               Delivery::kNormal);
  });
  Use(server.Origin());
  EXPECT_EQ(Perform(Get()).result.body, "hello, world");
}

TEST_F(TransportContract, AcceptsABodyOfExactlyTheLimitAndRefusesOneByteMore) {
  constexpr size_t kLimit = 100'000;
  Imposter server([](const ServerRequest& request) {
    return ServerReply{.body = std::string(request.target == "/fits" ? kLimit : kLimit + 1, 'x')};
  });
  Use(server.Origin());
  HttpRequest request = Get("/fits");
  request.body_bytes_max = kLimit;
  EXPECT_EQ(Perform(request).result.body.size(), kLimit);

  request.target = "/too-large";
  const auto outcome = Perform(request);

  EXPECT_EQ(outcome.result.error, HttpError::kTooLarge);
  EXPECT_EQ(outcome.result.status, 200);
  EXPECT_TRUE(outcome.result.sent);
  EXPECT_THAT(outcome.result.detail, HasSubstr("100000 bytes"));
}

TEST_F(TransportContract, RefusesAHeadThatIsTooLarge) {
  Imposter server([](const ServerRequest&) {
    return ServerReply{.headers = {{"X-Large", std::string(70'000, 'x')}}};
  });
  Use(server.Origin());
  EXPECT_EQ(Perform(Get()).result.error, HttpError::kTooLarge);
}

TEST_F(TransportContract, RefusesRequestsThatCannotBeSentSafely) {
  Imposter server(Echo);
  Use(server.Origin());
  HttpRequest split = Get();
  split.headers = {{"X-A", "1\r\nX-B: 2"}};
  HttpRequest bad_name = Get();
  bad_name.headers = {{"X A", "1"}};
  HttpRequest bad_method = Get();
  bad_method.method = "GET / HTTP/1.1\r\nX";
  HttpRequest other_host = Get();
  other_host.headers = {{"Host", "other.example"}};
  HttpRequest bad_origin = Get();
  bad_origin.origin = "ftp://x";
  HttpRequest bad_target = Get("/a b\r\nX: 1");

  for (const HttpRequest& request :
       {split, bad_name, bad_method, other_host, bad_origin, bad_target}) {
    const auto outcome = Perform(request);
    EXPECT_EQ(outcome.result.error, HttpError::kOther);
    EXPECT_NE(outcome.result.detail, "");
    EXPECT_FALSE(outcome.result.sent);
    EXPECT_EQ(outcome.dones, 1);
  }
  EXPECT_TRUE(server.Requests().empty());
}

TEST_F(TransportContract, TakesTheServerFromTheRequestIfItNamesOne) {
  Imposter first(Echo);
  Imposter second(Echo);
  Use(first.Origin());
  HttpRequest request = Get();
  request.origin = second.Origin();
  request.headers = {{"Host", second.Authority()}};

  EXPECT_EQ(Perform(request).result.error, HttpError::kNone);

  EXPECT_TRUE(first.Requests().empty());
  EXPECT_EQ(second.Requests().size(), 1U);
}

TEST_F(TransportContract, ReachesIpv6Addresses) {
  ServerOptions options;
  options.address = "[::1]:0";
  if (!HttpServer::Listen(options, Echo)) GTEST_SKIP() << "this machine has no IPv6";
  Imposter server(Echo, options);
  Use(server.Origin("[::1]"));

  EXPECT_EQ(Perform(Get("/six")).result.body, "GET /six ");
  EXPECT_EQ(FindHeader(server.Requests().at(0).headers, "host"), server.Authority("[::1]"));
}

TEST_F(TransportContract, ReachesServersByName) {
  Imposter server(Echo);
  Use(server.Origin("localhost"));
  for (int i = 0; i < 2; ++i) EXPECT_EQ(Perform(Get("/named")).result.body, "GET /named ");
  EXPECT_EQ(FindHeader(server.Requests().at(0).headers, "host"), server.Authority("localhost"));
}

TEST_F(TransportContract, FailsOnAWrongOptionWithItsName) {
  TransportOptions options;
  options.origin = "example.com";
  EXPECT_THAT(MakeCpprestTransport(options).error().message, HasSubstr("'example.com'"));
}

TEST(OriginTest, LeavesOnlyADefaultPortOutOfTheHostHeader) {
  EXPECT_EQ(HostHeaderOf("https://dts.aliyuncs.com"), "dts.aliyuncs.com");
  EXPECT_EQ(HostHeaderOf("https://DTS.aliyuncs.com:443"), "dts.aliyuncs.com");
  EXPECT_EQ(HostHeaderOf("http://dts.aliyuncs.com:80"), "dts.aliyuncs.com");
  EXPECT_EQ(HostHeaderOf("https://dts.aliyuncs.com:80"), "dts.aliyuncs.com:80");
  EXPECT_EQ(HostHeaderOf("http://127.0.0.1:18080"), "127.0.0.1:18080");
  EXPECT_EQ(HostHeaderOf("https://[::1]:443/"), "[::1]");
  EXPECT_EQ(HostHeaderOf("http://[::1]:18080/"), "[::1]:18080");
  EXPECT_EQ(HostHeaderOf("dts.aliyuncs.com"), "");
}

TEST(OriginTest, ReadsSchemeHostAndPort) {
  const auto named = ParseOrigin("https://DTS.Aliyuncs.com/");
  ASSERT_TRUE(named);
  EXPECT_TRUE(named->tls);
  EXPECT_EQ(named->HostHeader(), "dts.aliyuncs.com");
  EXPECT_EQ(named->Authority(), "dts.aliyuncs.com:443");

  const auto numeric = ParseOrigin("http://[::1]:8080");
  ASSERT_TRUE(numeric);
  EXPECT_FALSE(numeric->tls);
  EXPECT_EQ(numeric->host, "::1");
  EXPECT_EQ(numeric->HostHeader(), "[::1]:8080");
}

TEST(OriginTest, RefusesWhatIsNotAServer) {
  for (const char* text :
       {"", "host", "ftp://host", "https://", "https://:443", "https://host:", "https://host:0",
        "https://host:65536", "https://host:1x", "https://user@host", "https://host/path",
        "https://[::1", "https://[host]", "https://[::1]443", "https://ho st",
        "https://h\r\nX:1"}) {
    EXPECT_FALSE(ParseOrigin(text)) << text;
  }
  // The library for addresses would only see what stands before the NUL byte.
  EXPECT_FALSE(ParseOrigin(std::string_view("https://[::1\0.example]", 22)));
}

}  // namespace
}  // namespace dtsop
