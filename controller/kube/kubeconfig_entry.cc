#include "kube/kubeconfig_entry.h"

#include <fmt/format.h>

#include "base/crypto.h"
#include "base/strings.h"

namespace dtsop {

tl::unexpected<Error> FailEntry(const KubeConfigEntry& entry, std::string_view cause) {
  return Fail(fmt::format("kubeconfig {}: {} \"{}\": {}", entry.file, entry.kind,
                          CleanText(entry.name, kNameShownMax), cause));
}

std::string ResolvePath(const std::string& file, const std::string& path) {
  const size_t slash = file.rfind('/');
  if (path.empty() || path.front() == '/' || slash == std::string::npos) return path;
  return file.substr(0, slash + 1) + path;
}

bool IsBlank(const Json& value) {
  return value.is_string() ? value.get_ref<const std::string&>().empty() : value.empty();
}

Result<std::string> TextMember(const KubeConfigEntry& entry, const Json& object,
                               std::string_view key) {
  const Json& value = Member(object, key);
  if (value.is_structured())
    return FailEntry(entry, fmt::format("{} must be a text, not a list or mapping", key));
  return LenientString(value);
}

Result<bool> FlagMember(const KubeConfigEntry& entry, std::string_view key) {
  const Json& value = Member(entry.value, key);
  if (value.is_null()) return false;
  if (!value.is_boolean()) return FailEntry(entry, fmt::format("{} must be true or false", key));
  return value.get<bool>();
}

Result<std::string> PemMember(const KubeConfigEntry& entry, const std::string& key,
                              const FileReader& read_file) {
  const std::string data_key = key + "-data";
  const auto data = TextMember(entry, entry.value, data_key);
  if (!data) return tl::unexpected(data.error());
  const auto path = TextMember(entry, entry.value, key);
  if (!path) return tl::unexpected(path.error());

  std::string pem;
  std::string source;
  if (!data->empty()) {
    source = data_key;
    if (!Base64Decode(*data, &pem))
      return FailEntry(entry, data_key + " is not base64; copy it again from the cluster's owner");
  } else if (!path->empty()) {
    source = ResolvePath(entry.file, *path);
    auto text = read_file(source);
    if (!text) return FailEntry(entry, fmt::format("{}: {}", key, text.error().message));
    if (!*text)
      return FailEntry(entry, fmt::format("{} names {}, which does not exist", key, source));
    pem = std::move(**text);
  } else {
    return "";
  }
  if (pem.find("-----BEGIN ") == std::string::npos)
    return FailEntry(entry, source + " holds no PEM block; it must start with -----BEGIN");
  return pem;
}

}  // namespace dtsop
