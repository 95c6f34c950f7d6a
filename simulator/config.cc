#include "simulator/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include "base/strings.h"
#include "base/yaml.h"
#include "simulator/config_words.h"
#include "simulator/object_reader.h"

namespace dtsop::simulator {
namespace {

constexpr std::string_view kNumberMark = "{n}";

// The job, or `count` of them with {n} replaced by 1, 2, ...
Result<std::vector<JobConfig>> ReadJobs(Json value, const std::string& where) {
  int64_t count = 0;
  if (value.is_object() && value.contains("count")) {
    ObjectReader reader(value, where);
    reader.Int("count", 1, kJobsMax, &count);
    if (StringOr(reader.Get("jobId")).find(kNumberMark) == std::string::npos) {
      reader.Fault("jobId", "must contain {n} when count is given");
    }
    for (const auto& [name, member] : value.items()) reader.Get(name);
    if (auto checked = reader.Finish(count); !checked.has_value()) {
      return tl::unexpected(checked.error());
    }
    value.erase("count");
  }
  const auto job = ReadJob(value, where, JobConfig());
  if (!job.has_value()) return tl::unexpected(job.error());
  if (count == 0) return std::vector<JobConfig>{*job};
  std::vector<JobConfig> jobs(static_cast<size_t>(count), *job);
  for (size_t i = 0; i < jobs.size(); ++i) {
    for (std::string* text : {&jobs[i].job_id, &jobs[i].instance_id, &jobs[i].name}) {
      *text = ReplaceAll(*text, kNumberMark, std::to_string(i + 1));
    }
  }
  return jobs;
}

// Calls `read(item, path)` for each item of the list `name`.
void ForEach(ObjectReader* reader, std::string_view name,
             const std::function<void(const Json&, const std::string&)>& read) {
  const Json& list = reader->Get(name);
  if (list.is_null()) return;
  if (!list.is_array()) return reader->Fault(name, "must be a list");
  for (size_t i = 0; i < list.size(); ++i) {
    read(list[i], fmt::format("{}[{}]", reader->Path(name), i));
  }
}

void ReadQuotas(ObjectReader* reader, std::map<std::string, Quota>* out) {
  const Json& quotas = reader->Get("quotas");
  if (quotas.is_null()) return;
  if (!quotas.is_object()) return reader->Fault("quotas", "must be a mapping of actions");
  for (const auto& [action, value] : quotas.items()) {
    const auto quota = ReadQuota(value, reader->Path("quotas") + "." + action);
    if (!quota.has_value()) return reader->Fault(quota.error());
    (*out)[action] = *quota;
  }
}

void CheckDuplicates(const Settings& settings, ObjectReader* reader) {
  const auto duplicate = [](std::vector<std::string> ids) -> std::string {
    std::sort(ids.begin(), ids.end());
    const auto found = std::adjacent_find(ids.begin(), ids.end());
    return found == ids.end() ? "" : *found;
  };
  std::vector<std::string> jobs;
  for (const JobConfig& job : settings.jobs) jobs.push_back(job.job_id);
  if (const auto id = duplicate(std::move(jobs)); !id.empty()) {
    reader->Fault("jobs", fmt::format("jobId {} is given twice", id));
  }
  std::map<std::string, std::vector<const Account*>> keys;
  for (const Account& account : settings.accounts) {
    for (const Account* other : keys[account.access_key_id]) {
      if (other->account_id == account.account_id ||
          other->access_key_secret.Reveal() == account.access_key_secret.Reveal()) {
        reader->Fault("accounts",
                      fmt::format("accessKeyId {} is given twice; that needs another accountId and "
                                  "another accessKeySecret each time",
                                  account.access_key_id));
      }
    }
    keys[account.access_key_id].push_back(&account);
  }
}

Result<Settings> ReadSettings(const Json& document) {
  Settings settings;
  ObjectReader reader(document, "");
  ForEach(&reader, "accounts", [&](const Json& item, const std::string& path) {
    auto account = ReadAccount(item, path, Account());
    if (!account.has_value()) return reader.Fault(account.error());
    settings.accounts.push_back(std::move(*account));
  });
  ForEach(&reader, "jobs", [&](const Json& item, const std::string& path) {
    auto jobs = ReadJobs(item, path);
    if (!jobs.has_value()) return reader.Fault(jobs.error());
    if (settings.jobs.size() + jobs->size() > kJobsMax) {
      return reader.Fault("jobs", fmt::format("are more than {}", kJobsMax));
    }
    std::move(jobs->begin(), jobs->end(), std::back_inserter(settings.jobs));
  });
  ForEach(&reader, "faults", [&](const Json& item, const std::string& path) {
    auto rule = ReadFault(item, path);
    if (!rule.has_value()) return reader.Fault(rule.error());
    settings.faults.push_back(std::move(*rule));
  });
  if (reader.Has("behaviour")) {
    auto behaviour = ReadBehaviour(reader.Get("behaviour"), "behaviour", Behaviour());
    if (behaviour.has_value()) {
      settings.behaviour = std::move(*behaviour);
    } else {
      reader.Fault(behaviour.error());
    }
  }
  if (reader.Has("identity")) {
    auto identity = ReadIdentity(reader.Get("identity"), "identity", IdentitySettings());
    if (identity.has_value()) {
      settings.identity = std::move(*identity);
    } else {
      reader.Fault(identity.error());
    }
  }
  ReadQuotas(&reader, &settings.quotas);
  reader.Positive("speed", kSpeedMax, &settings.speed);
  CheckDuplicates(settings, &reader);
  return reader.Finish(std::move(settings));
}

}  // namespace

Result<Settings> ParseConfig(const std::string& yaml) {
  const auto document = ParseYaml(yaml);
  if (!document.has_value()) return tl::unexpected(document.error());
  return document->is_null() ? Settings() : ReadSettings(*document);
}

}  // namespace dtsop::simulator
