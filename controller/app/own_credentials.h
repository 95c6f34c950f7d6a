// The operator's own credentials: a file, or the environment.
#pragma once

#include <string>

#include "base/time.h"
#include "dts/credentials.h"
#include "kube/file.h"
#include "kube/load_config.h"

namespace dtsop {

// Reads the file (YAML or JSON with accessKeyId, accessKeySecret and optional securityToken) at
// most every 10 seconds, so that a changed one is used without a restart; while it can't be read,
// what was read last goes on being used. Without a file: the three ALIBABA_CLOUD_* variables.
class OwnCredentials final : public DefaultCredentials {
 public:
  // `path` "" means the environment. `clock` must outlive this.
  OwnCredentials(std::string path, EnvLookup env, FileReader read_file, const Clock& clock);
  Result<Credentials> Get() override;

 private:
  const std::string path_;
  const EnvLookup env_;
  const FileReader read_file_;
  const Clock& clock_;
  Result<Credentials> known_ = Fail("not read yet");
  MonoTime read_at_ = MonoTime::min();
};

}  // namespace dtsop
