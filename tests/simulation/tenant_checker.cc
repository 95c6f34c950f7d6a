#include "tests/simulation/tenant_checker.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "api/dtsjob.h"
#include "base/crypto.h"
#include "base/json.h"

namespace dtsop::sim {
namespace {

// "dtsjobs/shop/orders" -> "dtsjobs", "shop".
std::pair<std::string, std::string> ResourceAndNamespace(const std::string& key) {
  const size_t first = key.find('/');
  return {key.substr(0, first), key.substr(first + 1, key.find('/', first + 1) - first - 1)};
}

std::string Decoded(const Json& secret, const char* member) {
  std::string value;
  return Base64Decode(StringOr(Member(secret, "data", member)), &value) ? value : "";
}

bool IsOfAWord(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-'; }

}  // namespace

Proof ProofIn(const Json& secret) {
  return {Decoded(secret, "accessKeyId"), Decoded(secret, "accessKeySecret")};
}

std::string TenantChecker::OnSent(const simulator::ReceivedCall& call) {
  for (const auto& [proof, answers] : proofs_) {
    if (proof.first != call.access_key_id ||
        simulator::ServerSignature(call, SecretString(proof.second)) != call.signature) {
      continue;
    }
    sent_[call.nonce] = proof;
    return proof.first + "/" + proof.second;
  }
  fail_("S15: nobody has the credentials that have signed a call of " + call.action);
  return "";
}

void TenantChecker::OnDtsCall(const simulator::CallRecord& call,
                              const simulator::DtsSimulator& dts) {
  const auto sent = sent_.extract(call.nonce);
  if (sent.empty()) return;
  answered_[call.request_id] = sent.mapped();
  if (call.verdict != "accepted") return;
  std::set<std::string>& shown = proofs_[sent.mapped()].shown;
  if (call.action == "DescribeDtsJobDetail") shown.insert(call.job_id);
  if (call.action != "DescribeDtsJobs") return;
  for (const auto& [id, job] : dts.jobs()) {
    if (job.config().account_id == call.account_id) shown.insert(id);
  }
}

void TenantChecker::OnVersion(const SimVersion& version) {
  const auto [resource, ns] = ResourceAndNamespace(version.key);
  if (resource == "secrets") Grant(ns, ProofIn(version.object));
  if (resource == "dtsjobs") OnJobVersion(ns, version);
  if (resource == "events") CheckText(ns, version.key, version.text);
}

void TenantChecker::OnJobVersion(const std::string& ns, const SimVersion& version) {
  const Json& metadata = Member(version.object, "metadata");
  const std::string job = StringOr(Member(version.object, "spec", "dtsJobId"));
  for (const std::string& word :
       {ns, job, StringOr(Member(metadata, "name")), StringOr(Member(metadata, "uid"))})
    words_[word].insert(ns);
  const Json& status = Member(version.object, "status");
  const std::string text = DumpJson(status);
  CheckText(ns, version.key, text);
  const std::string shows = StringOr(Member(status, "jobStatus"));
  const bool tells = text.find("another namespace") != std::string::npos;
  if ((shows.empty() && !tells) || WasShown(ns, job)) return;
  fail_(fmt::format("S15: {} {}, and DTS has not shown it {}", version.key,
                    tells ? "hears of another namespace" : "is " + shows, job));
}

bool TenantChecker::WasShown(const std::string& ns, const std::string& dts_job_id) const {
  return std::any_of(proofs_.begin(), proofs_.end(), [&](const auto& item) {
    return item.second.namespaces.contains(ns) && item.second.shown.contains(dts_job_id);
  });
}

void TenantChecker::OnLog(const LogLine& line) {
  const auto object = std::find_if(line.fields.begin(), line.fields.end(),
                                   [](const auto& field) { return field.first == "object"; });
  if (object == line.fields.end()) return;
  const std::string ns = object->second.substr(0, object->second.find('/'));
  for (const auto& [name, value] : line.fields) CheckText(ns, "the log", value);
}

void TenantChecker::CheckText(const std::string& ns, std::string_view where,
                              std::string_view text) {
  for (size_t begin = 0; begin < text.size(); ++begin) {
    if (!IsOfAWord(text[begin])) continue;
    const size_t from = begin;
    while (begin < text.size() && IsOfAWord(text[begin])) ++begin;
    const std::string word(text.substr(from, begin - from));
    const auto answer = answered_.find(word);
    if (answer != answered_.end() && !proofs_[answer->second].namespaces.contains(ns))
      fail_(fmt::format("S15: {} shows {} the RequestId {} of another's call", where, ns, word));
    const auto known = words_.find(word);
    if (known != words_.end() && !known->second.contains(ns))
      fail_(fmt::format("S15: {} names to {} what is another's: {}", where, ns, word));
  }
}

}  // namespace dtsop::sim
