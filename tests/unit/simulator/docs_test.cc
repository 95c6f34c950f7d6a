// docs/simulator.md keeps its promises: its YAML is accepted and its curl commands work.
#include <fstream>
#include <iterator>
#include <regex>

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
  const std::regex command(R"(curl (?:-X ([A-Z]+) )?\$control(/\S*)(?: -d '([^']*)')?)");
  int commands = 0;
  for (std::sregex_iterator match(text.begin(), text.end(), command), end; match != end; ++match) {
    HttpRequest request;
    if ((*match)[1].matched) request.method = (*match)[1];
    request.target = (*match)[2];
    request.body = (*match)[3];
    const ControlReply reply = HandleControl(request, rig.now, &rig.sim);
    EXPECT_EQ(reply.status, 200) << match->str() << ": " << DumpJson(reply.body);
    ++commands;
  }
  EXPECT_GE(commands, 10);
}

}  // namespace
}  // namespace dtsop::simulator
