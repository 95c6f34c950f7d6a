#include "tests/simulation/sim_resources.h"

#include <array>
#include <utility>

#include "base/time.h"

namespace dtsop::sim {
namespace {

constexpr std::array<SimResource, 4> kResources = {{
    {"dts.aliyun.com", "v1alpha1", "dtsjobs", "DtsJob", true, false, false,
     " get list watch create update patch delete "},
    {"coordination.k8s.io", "v1", "leases", "Lease", false, false, true,
     " get list watch create update patch delete "},
    {"", "v1", "secrets", "Secret", false, true, false, " get "},
    {"events.k8s.io", "v1", "events", "Event", false, true, true, " create update patch "},
}};

constexpr size_t kNoteBytesMax = 1024;
constexpr size_t kActionBytesMax = 128;

Json Details(const SimResource& resource, std::string_view name) {
  Json details = {{"kind", resource.plural}, {"name", name}};
  if (!resource.group.empty()) details["group"] = resource.group;
  return details;
}

// metav1.MicroTime refuses a time without exactly six digits of fraction.
bool IsMicroTime(const Json& value) {
  const std::string text = StringOr(value);
  const size_t dot = text.find('.');
  return ParseRfc3339(text) && dot != std::string::npos &&
         text.find_first_not_of("0123456789", dot + 1) == dot + 7;
}

std::vector<std::string> ValidateLease(const Json& lease) {
  std::vector<std::string> findings;
  const Json& spec = Member(lease, "spec");
  const Json& duration = Member(spec, "leaseDurationSeconds");
  if (!duration.is_null() && IntOr(duration, 0) <= 0)
    findings.emplace_back("spec.leaseDurationSeconds: must be greater than 0");
  if (IntOr(Member(spec, "leaseTransitions"), 0) < 0)
    findings.emplace_back("spec.leaseTransitions: must be greater than or equal to 0");
  return findings;
}

std::vector<std::string> ValidateEvent(const Json& event, const Json& old) {
  std::vector<std::string> findings;
  const auto require = [&](bool good, const char* finding) {
    if (!good) findings.emplace_back(finding);
  };
  if (!old.is_null()) {
    for (const char* name : {"action", "reason", "note", "type", "regarding", "eventTime",
                             "reportingController", "reportingInstance"}) {
      if (Member(event, name) != Member(old, name))
        findings.push_back(std::string(name) + ": field is immutable");
    }
  }
  require(Member(event, "eventTime").is_string(), "eventTime: Required");
  require(!StringOr(Member(event, "reportingController")).empty(), "reportingController: Required");
  const std::string instance = StringOr(Member(event, "reportingInstance"));
  require(!instance.empty() && instance.size() <= kActionBytesMax,
          "reportingInstance: Required, at most 128 bytes");
  const std::string action = StringOr(Member(event, "action"));
  require(!action.empty() && action.size() <= kActionBytesMax,
          "action: Required, at most 128 bytes");
  const std::string reason = StringOr(Member(event, "reason"));
  require(!reason.empty() && reason.size() <= kActionBytesMax,
          "reason: Required, at most 128 bytes");
  require(StringOr(Member(event, "note")).size() <= kNoteBytesMax, "note: at most 1024 bytes");
  const std::string type = StringOr(Member(event, "type"));
  require(type == "Normal" || type == "Warning", "type: Normal or Warning");
  require(StringOr(Member(event, "regarding", "namespace")) ==
              StringOr(Member(event, "metadata", "namespace")),
          "regarding.namespace: does not match event.namespace");
  if (const Json& series = Member(event, "series"); !series.is_null()) {
    require(IntOr(Member(series, "count"), 0) >= 2, "series.count: at least 2");
    require(Member(series, "lastObservedTime").is_string(), "series.lastObservedTime: Required");
  }
  return findings;
}

}  // namespace

const SimResource* FindResource(std::string_view group, std::string_view version,
                                std::string_view plural) {
  for (const SimResource& resource : kResources) {
    if (resource.group == group && resource.version == version && resource.plural == plural)
      return &resource;
  }
  return nullptr;
}

const SimResource& DtsJobs() { return kResources[0]; }
const SimResource& Secrets() { return kResources[2]; }

std::string ApiVersion(const SimResource& resource) {
  if (resource.group.empty()) return std::string(resource.version);
  return std::string(resource.group).append("/").append(resource.version);
}

std::string QualifiedName(const SimResource& resource) {
  if (resource.group.empty()) return std::string(resource.plural);
  return std::string(resource.plural).append(".").append(resource.group);
}

HttpResult JsonReply(int code, std::string body) {
  HttpResult result;
  result.status = code;
  result.headers = {{"Content-Type", "application/json"}};
  result.body = std::move(body);
  return result;
}

HttpResult StatusReply(int code, std::string_view reason, std::string_view message, Json details) {
  Json status = {{"kind", "Status"},    {"apiVersion", "v1"}, {"metadata", Json::object()},
                 {"status", "Failure"}, {"message", message}, {"reason", reason},
                 {"code", code}};
  if (!details.is_null()) status["details"] = std::move(details);
  return JsonReply(code, DumpJson(status));
}

HttpResult NotFoundReply(const SimResource& resource, std::string_view name) {
  return StatusReply(404, "NotFound",
                     QualifiedName(resource).append(" \"").append(name).append("\" not found"),
                     Details(resource, name));
}

HttpResult ConflictReply(const SimResource& resource, std::string_view name,
                         std::string_view cause) {
  return StatusReply(409, "Conflict",
                     std::string("Operation cannot be fulfilled on ")
                         .append(QualifiedName(resource))
                         .append(" \"")
                         .append(name)
                         .append("\": ")
                         .append(cause),
                     Details(resource, name));
}

HttpResult InvalidReply(const SimResource& resource, std::string_view name,
                        const std::vector<std::string>& findings) {
  std::string message = std::string(resource.kind)
                            .append(resource.group.empty() ? "" : ".")
                            .append(resource.group)
                            .append(" \"")
                            .append(name)
                            .append("\" is invalid: ");
  Json details = Details(resource, name);
  details["kind"] = resource.kind;
  for (const std::string& finding : findings) {
    if (&finding != &findings.front()) message += ", ";
    message += finding;
    details["causes"].push_back({{"reason", "FieldValueInvalid"},
                                 {"message", finding},
                                 {"field", finding.substr(0, finding.find(':'))}});
  }
  return StatusReply(422, "Invalid", message, std::move(details));
}

std::optional<std::string> DecodeBuiltIn(const SimResource& resource, const Json& object) {
  for (const Json* time :
       {&Member(object, "spec", "acquireTime"), &Member(object, "spec", "renewTime"),
        &Member(object, "eventTime"), &Member(object, "series", "lastObservedTime")}) {
    if (!resource.custom && !time->is_null() && !IsMicroTime(*time))
      return std::string(resource.kind) + " cannot be handled: " + DumpJson(*time) +
             " is no MicroTime";
  }
  return std::nullopt;
}

std::vector<std::string> ValidateBuiltIn(const SimResource& resource, const Json& object,
                                         const Json& old) {
  if (resource.kind == "Lease") return ValidateLease(object);
  if (resource.kind == "Event") return ValidateEvent(object, old);
  return {};
}

}  // namespace dtsop::sim
