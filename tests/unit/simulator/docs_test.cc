// docs/simulator.md keeps its promises: its YAML is accepted and its curl commands work.
#include <fstream>
#include <iterator>

#include "simulator/config.h"
#include "simulator/control.h"
#include "tests/unit/simulator/rig.h"

namespace dtsop::simulator {
namespace {

std::string Document() {
  std::ifstream file(DTSOP_SOURCE_DIR "/docs/simulator.md");
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Documentation, EveryYamlBlockIsAValidConfiguration) {
  const std::string text = Document();
  int blocks = 0;
  for (size_t at = 0; (at = text.find("```yaml\n", at)) != std::string::npos; ++blocks) {
    at += 8;
    const size_t end = text.find("```", at);
    ASSERT_NE(end, std::string::npos);
    const auto settings = ParseConfig(text.substr(at, end - at));
    EXPECT_TRUE(settings.has_value()) << settings.error().message;
  }
  EXPECT_GE(blocks, 3);
}

TEST(Documentation, EveryCurlCommandWorks) {
  const std::string text = Document();
  const size_t yaml = text.find("```yaml\n") + 8;
  Rig rig(ParseConfig(text.substr(yaml, text.find("```", yaml) - yaml)).value());
  int commands = 0;
  for (size_t at = 0; (at = text.find("\ncurl ", at)) != std::string::npos; ++commands) {
    ++at;
    HttpRequest request;
    if (text.compare(at, 8, "curl -X ") == 0) {
      request.method = text.substr(at + 8, text.find(' ', at + 8) - at - 8);
    }
    const size_t target = text.find("$control", at) + 8;
    request.target = text.substr(target, text.find_first_of(" \n", target) - target);
    const size_t body = target + request.target.size();
    if (text.compare(body, 5, " -d '") == 0) {
      request.body = text.substr(body + 5, text.find('\'', body + 5) - body - 5);
    }
    const ControlReply reply = HandleControl(request, rig.now, &rig.sim);
    EXPECT_EQ(reply.status, 200) << request.method << " " << request.target << " " << request.body
                                 << ": " << DumpJson(reply.body);
  }
  EXPECT_GE(commands, 10);
}

}  // namespace
}  // namespace dtsop::simulator
