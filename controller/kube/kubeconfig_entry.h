// One named entry of a kubeconfig (a cluster, a user or a context) and the readers that turn its
// members into values or into errors which name file, entry and next step.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "kube/file.h"

namespace dtsop {

// How much of a name from a kubeconfig a message shows.
inline constexpr size_t kNameShownMax = 100;

struct KubeConfigEntry {
  std::string kind;  // "cluster", "user" or "context"
  std::string name;
  std::string file;  // whose folder relative paths are relative to
  Json value;        // an object
};

// `kubeconfig FILE: KIND "NAME": CAUSE`.
[[nodiscard]] tl::unexpected<Error> FailEntry(const KubeConfigEntry& entry, std::string_view cause);

// `path` as it stands when absolute, else relative to the folder of `file`.
std::string ResolvePath(const std::string& file, const std::string& path);

// True for what kubectl takes for absent: null, "", an empty list or mapping.
bool IsBlank(const Json& value);

// A scalar member as text; "" when it is missing or null. Fails on a list or a mapping.
Result<std::string> TextMember(const KubeConfigEntry& entry, const Json& object,
                               std::string_view key);
// False when missing or null. Fails on anything but true and false.
Result<bool> FlagMember(const KubeConfigEntry& entry, std::string_view key);

// PEM text from the base64 member KEY-data or, failing that, from the file that member KEY names;
// "" when there is neither. Fails on bad base64, an unreadable file and text that is not PEM.
Result<std::string> PemMember(const KubeConfigEntry& entry, const std::string& key,
                              const FileReader& read_file);

}  // namespace dtsop
