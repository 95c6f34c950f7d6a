// The program dts-simulator as a person starts it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <vector>

#include "tests/unit/simulator/http_client.h"

namespace dtsop::simulator {
namespace {

class Program {
 public:
  explicit Program(std::vector<std::string> arguments) {
    int output[2] = {-1, -1};
    EXPECT_EQ(pipe(output), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output[1], STDERR_FILENO);
    posix_spawn_file_actions_addclose(&actions, output[0]);
    arguments.insert(arguments.begin(), DTSOP_SIMULATOR_PROGRAM);
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    EXPECT_EQ(posix_spawn(&pid_, DTSOP_SIMULATOR_PROGRAM, &actions, nullptr, argv.data(), environ),
              0);
    posix_spawn_file_actions_destroy(&actions);
    close(output[1]);
    output_ = fdopen(output[0], "r");
  }
  ~Program() {
    if (pid_ > 0) End(SIGKILL);
    fclose(output_);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // The next line of output; "" at its end.
  std::string Line() {
    std::string line;
    for (int c = 0; (c = fgetc(output_)) != EOF && c != '\n';) line.push_back(static_cast<char>(c));
    return line;
  }
  bool AtEnd() {
    const int c = fgetc(output_);
    return c == EOF || ungetc(c, output_) == EOF;
  }
  // Sends `signal` unless it is 0, and returns the exit code, or -1 when a signal ended the
  // program.
  int End(int signal) {
    int status = 0;
    if (signal != 0) kill(pid_, signal);
    waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t pid_ = -1;
  FILE* output_ = nullptr;
};

std::string WriteConfig(const std::string& yaml) {
  std::string path = testing::TempDir() + "dtsop_program_test.yaml";
  std::ofstream(path) << yaml;
  return path;
}

TEST(Program, PrintsItsPortsServesAndEndsCleanly) {
  const std::string config = WriteConfig(
      "accounts: [{accessKeyId: k, accessKeySecret: s}]\n"
      "jobs: [{jobId: 'j{n}', count: 3}]\n");
  Program program({"--listen", "127.0.0.1:0", "--control-listen", "127.0.0.1:0", "--config", config,
                   "--speed", "60"});
  const Json first = ParseJson(program.Line()).value_or(Json());
  EXPECT_EQ(first["msg"], "listening");
  EXPECT_EQ(first["jobs"], 3);
  EXPECT_EQ(first["speed"], 60.0);
  const int control = static_cast<int>(IntOr(first["controlPort"], 0));
  const int endpoint = static_cast<int>(IntOr(first["port"], 0));
  EXPECT_EQ(JsonOf(Exchange(control, "GET", "/healthz"))["status"], "ok");
  EXPECT_EQ(JsonOf(Exchange(control, "GET", "/jobs"))["jobs"].size(), 3U);
  EXPECT_THAT(Exchange(endpoint, "GET", "/?Action=StartDtsJob&Format=JSON"),
              testing::HasSubstr("\"Code\":\"MissingVersion\""));
  const Json call = ParseJson(program.Line()).value_or(Json());
  EXPECT_EQ(call["level"], "warning");
  EXPECT_EQ(call["verdict"], "MissingVersion");
  EXPECT_EQ(program.End(SIGTERM), 0);
  EXPECT_EQ(program.Line(), "");
}

TEST(Program, RefusesABadConfigurationByItsField) {
  Program program({"--config", WriteConfig("jobs: [{jobId: a, type: PUMP}]")});
  EXPECT_THAT(program.Line(), testing::AllOf(testing::StartsWith("dts-simulator: "),
                                             testing::HasSubstr("jobs[0].type: must be one of")));
  EXPECT_EQ(program.End(0), 1);
}

TEST(Program, RefusesFilesItCannotRead) {
  for (const char* path : {"/nonexistent", "/"}) {
    Program program({"--config", path});
    EXPECT_THAT(program.Line(), testing::StartsWith("dts-simulator: --config: cannot "));
    EXPECT_EQ(program.End(0), 1);
  }
}

TEST(Program, RefusesBadFlags) {
  const std::vector<std::vector<std::string>> cases = {
      {"--speed", "0"}, {"--log-level", "loud"}, {"--tls-key", "k"}, {"--frobnicate"}};
  for (const auto& arguments : cases) {
    Program program(arguments);
    EXPECT_THAT(program.Line(), testing::HasSubstr(arguments[0]));
    EXPECT_NE(program.End(0), 0);
  }
}

TEST(Program, HelpHasExamples) {
  Program program({"--help"});
  std::string all;
  while (!program.AtEnd()) all += program.Line() + "\n";
  EXPECT_THAT(all, testing::HasSubstr("Examples:"));
  EXPECT_THAT(all, testing::HasSubstr("--control-listen"));
  EXPECT_EQ(program.End(0), 0);
}

}  // namespace
}  // namespace dtsop::simulator
