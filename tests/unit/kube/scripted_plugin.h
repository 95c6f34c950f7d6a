// A credential plugin that is a shell script; each run appends a line to the file "runs".
#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "kube/client_config.h"

namespace dtsop {

inline constexpr char kExecV1[] = "client.authentication.k8s.io/v1";

class ScriptedPlugin {
 protected:
  ScriptedPlugin() {
    std::string pattern = std::filesystem::temp_directory_path() / "dtsop-exec-XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) std::abort();
    folder_ = pattern;
    spec_.command = folder_ + "/plugin";
    spec_.api_version = kExecV1;
    spec_.exec_info = "{\"x\":1}";
  }
  ScriptedPlugin(const ScriptedPlugin&) = delete;
  ScriptedPlugin& operator=(const ScriptedPlugin&) = delete;
  ~ScriptedPlugin() { std::filesystem::remove_all(folder_); }

  void Script(const std::string& body) {
    std::ofstream(spec_.command) << "#!/bin/sh\ncd " << folder_ << "\necho run >> runs\n" << body;
    chmod(spec_.command.c_str(), 0700);
  }
  // Returns once the script has made the file "ready".
  void AwaitReady() const {
    while (access((folder_ + "/ready").c_str(), F_OK) != 0) std::this_thread::yield();
  }

  std::string folder_;
  ExecSpec spec_;
};

}  // namespace dtsop
