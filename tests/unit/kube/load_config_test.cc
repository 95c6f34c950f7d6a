#include "kube/load_config.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <thread>

#include "tests/unit/kube/fakes.h"

namespace dtsop {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr char kSimpleConfig[] =
    "current-context: dev\nclusters: [{name: c, cluster: {server: 'http://localhost:%'}}]\n"
    "users: [{name: u}]\ncontexts: [{name: dev, context: {cluster: c, user: u}}]\n";

std::string ConfigWithPort(const std::string& port) {
  std::string text = kSimpleConfig;
  return text.replace(text.find('%'), 1, port);
}

class LoadConfig : public ::testing::Test {
 protected:
  EnvLookup Env() {
    return [this](const std::string& name) -> std::optional<std::string> {
      const auto found = env_.find(name);
      if (found == env_.end()) return std::nullopt;
      return found->second;
    };
  }
  void InPod() {
    env_["KUBERNETES_SERVICE_HOST"] = "fd00::1";
    env_["KUBERNETES_SERVICE_PORT"] = "443";
    const std::string folder = kServiceAccountFolder;
    files_.Set(folder + "/ca.crt", "pem");
    files_.Set(folder + "/token", "t\n");
    files_.Set(folder + "/namespace", "dts-system\n");
  }
  std::string Server(const std::string& flag = "", const std::string& context = "") {
    const auto config = LoadClientConfig(flag, context, Env(), files_.Reader());
    return config ? config->server : config.error().message;
  }

  std::map<std::string, std::string> env_;
  FakeFiles files_;
};

TEST_F(LoadConfig, APodUsesItsServiceAccount) {
  InPod();
  const auto config = InClusterConfig(Env(), files_.Reader());
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->server, "https://[fd00::1]:443");
  EXPECT_EQ(config->ca_pem, "pem");
  EXPECT_EQ(config->kube_namespace, "dts-system");
  EXPECT_EQ(std::get<TokenFile>(config->token).path,
            "/var/run/secrets/kubernetes.io/serviceaccount/token");
}

TEST_F(LoadConfig, FlagThenVariableThenPodThenHome) {
  files_.Set("/flag", ConfigWithPort("1"));
  files_.Set("/env", ConfigWithPort("2"));
  files_.Set("/root/.kube/config", ConfigWithPort("4"));
  env_["HOME"] = "/root";
  EXPECT_EQ(Server(), "http://localhost:4");
  InPod();
  EXPECT_EQ(Server(), "https://[fd00::1]:443");
  EXPECT_EQ(Server("", "dev"), "http://localhost:4");
  env_["KUBECONFIG"] = "/none:/env";
  EXPECT_EQ(Server(), "http://localhost:2");
  EXPECT_EQ(Server("/flag"), "http://localhost:1");
}

TEST_F(LoadConfig, ABrokenSourceIsAnErrorAndNotPassedOver) {
  files_.Set("/root/.kube/config", ConfigWithPort("4"));
  env_["HOME"] = "/root";
  InPod();
  files_.Remove(std::string(kServiceAccountFolder) + "/token");
  EXPECT_THAT(Server(), AllOf(HasSubstr("/token is missing"), HasSubstr("automount")));
  EXPECT_THAT(Server("/typo"), HasSubstr("/typo does not exist"));
}

TEST_F(LoadConfig, KubeconfigVariablesWithoutAFileMeanThePodAndNeverHome) {
  files_.Set("/root/.kube/config", ConfigWithPort("4"));
  files_.Set("/dev/null", "");
  env_["HOME"] = "/root";
  for (const std::string none : {"/typo", "/dev/null", "/typo:/dev/null:"}) {
    env_["KUBECONFIG"] = none;
    EXPECT_THAT(Server(), AllOf(HasSubstr("KUBECONFIG (" + none + ") does not exist"),
                                HasSubstr("this is not a pod")));
  }
  InPod();
  EXPECT_EQ(Server(), "https://[fd00::1]:443");
  EXPECT_THAT(Server("", "dev"), HasSubstr("--context does not apply to a pod"));
  env_["KUBECONFIG"] = "/broken";
  files_.Set("/broken", "[]");
  EXPECT_THAT(Server(), HasSubstr("/broken is not a mapping"));
}

TEST_F(LoadConfig, NoSourceAtAllNamesWhatWasTried) {
  env_["HOME"] = "/root";
  EXPECT_THAT(Server(), AllOf(HasSubstr("--kubeconfig"), HasSubstr("KUBECONFIG"),
                              HasSubstr("not a pod"), HasSubstr("/root/.kube/config")));
  env_.clear();
  InPod();
  EXPECT_THAT(Server("", "dev"), HasSubstr("does not apply to a pod"));
}

TEST_F(LoadConfig, APodWithAMalformedAddressIsRefused) {
  InPod();
  env_["KUBERNETES_SERVICE_PORT"] = "443/x";
  EXPECT_THAT(Server(), HasSubstr("not a host and a port"));
}

class TemporaryFolder : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "dtsop-kube-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override {
    for (const char* name : {"/file", "/fifo"}) unlink((folder_ + name).c_str());
    rmdir(folder_.c_str());
  }
  std::string folder_;
};

TEST_F(TemporaryFolder, ReadSmallFileReadsRegularFilesOfBoundedSizeOnly) {
  const std::string path = folder_ + "/file";
  EXPECT_EQ(ReadSmallFile(path).value(), std::nullopt);
  std::ofstream(path) << "hello";
  EXPECT_EQ(ReadSmallFile(path).value(), "hello");
  EXPECT_EQ(ReadSmallFile(path + "/below").value(), std::nullopt);
  std::ofstream(path) << std::string(kSmallFileBytesMax, 'x');
  EXPECT_TRUE(ReadSmallFile(path));
  std::ofstream(path) << std::string(kSmallFileBytesMax + 1, 'x');
  EXPECT_THAT(ReadSmallFile(path).error().message, HasSubstr("is larger than"));
  EXPECT_THAT(ReadSmallFile(folder_).error().message, HasSubstr("not a regular file"));
  ASSERT_EQ(mkfifo((folder_ + "/fifo").c_str(), 0600), 0);
  EXPECT_THAT(ReadSmallFile(folder_ + "/fifo").error().message, HasSubstr("not a regular file"));
}

TEST_F(TemporaryFolder, APipeIsReadOnceToItsEndAndRemembered) {
  const std::string fifo = folder_ + "/fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  std::thread writer([&] {
    std::ofstream pipe(fifo);  // waits for the reader
    pipe << "hel" << std::flush << "lo";
  });
  const FileReader reader = ReaderOfFilesAndPipes();
  EXPECT_EQ(reader(fifo).value(), "hello");
  writer.join();
  EXPECT_EQ(reader(fifo).value(), "hello");
  EXPECT_EQ(reader("/dev/null").value(), "");
  EXPECT_THAT(reader("/dev/zero").error().message, HasSubstr("is larger than"));
  EXPECT_THAT(reader(folder_).error().message, HasSubstr("not a regular file"));
  // What is no pipe is read each time.
  std::ofstream(folder_ + "/file") << "one";
  EXPECT_EQ(reader(folder_ + "/file").value(), "one");
  std::ofstream(folder_ + "/file") << "two";
  EXPECT_EQ(reader(folder_ + "/file").value(), "two");
}

TEST_F(TemporaryFolder, ATerminalIsNoKubeconfig) {
  const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
  ASSERT_GE(terminal, 0);
  EXPECT_THAT(ReaderOfFilesAndPipes()("/dev/fd/" + std::to_string(terminal)).error().message,
              HasSubstr("is a terminal"));
  close(terminal);
}

}  // namespace
}  // namespace dtsop
