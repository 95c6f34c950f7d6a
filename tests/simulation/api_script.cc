#include "tests/simulation/api_script.h"

#include <fmt/format.h>

#include <map>
#include <regex>

#include "base/strings.h"

namespace dtsop::sim {
namespace {

using Kept = std::map<std::string, std::string>;

// A kept value is put in as text: inside quotes for a string, bare for a number.
std::string Substitute(std::string text, const Kept& kept) {
  for (const auto& [name, value] : kept) text = ReplaceAll(text, "${" + name + "}", value);
  return text;
}

std::string TextAt(const Json& body, const std::string& pointer) {
  const Json::json_pointer at(pointer);
  if (!body.contains(at)) return "<absent>";
  const Json& value = body.at(at);
  return value.is_string() ? value.get<std::string>() : DumpJson(value);
}

std::string Scalar(const Json& value) {
  return value.is_string() ? value.get<std::string>() : DumpJson(value);
}

// A watch answers with lines; they are checked as {"lines": [...]}.
Json Body(const HttpRequest& request, const HttpResult& result) {
  if (request.stream) {
    Json lines = Json::array();
    for (const std::string& line : Split(result.body, '\n')) {
      if (Result<Json> parsed = ParseJson(line)) lines.push_back(*std::move(parsed));
    }
    return {{"lines", lines}};
  }
  Result<Json> parsed = ParseJson(result.body);
  return parsed ? *std::move(parsed) : Json();
}

void CheckBody(const Json& expect, const Json& body, const Kept& kept,
               const std::function<void(std::string)>& complain) {
  for (const auto& [pointer, value] : Member(expect, "has").items()) {
    if (TextAt(body, pointer) != Substitute(Scalar(value), kept))
      complain(fmt::format("{} is {}, not {}", pointer, TextAt(body, pointer), Scalar(value)));
  }
  for (const Json& pointer : Member(expect, "absent")) {
    if (body.contains(Json::json_pointer(StringOr(pointer))))
      complain(fmt::format("{} is there: {}", StringOr(pointer), TextAt(body, StringOr(pointer))));
  }
  for (const auto& [pointer, name] : Member(expect, "same").items()) {
    if (TextAt(body, pointer) != kept.at(StringOr(name)))
      complain(fmt::format("{} is {}, not as {}", pointer, TextAt(body, pointer), StringOr(name)));
  }
  for (const auto& [pointer, name] : Member(expect, "differs").items()) {
    if (TextAt(body, pointer) == kept.at(StringOr(name)))
      complain(fmt::format("{} is as {} was", pointer, StringOr(name)));
  }
  for (const auto& [pointer, pattern] : Member(expect, "matches").items()) {
    if (!std::regex_search(TextAt(body, pointer), std::regex(StringOr(pattern))))
      complain(fmt::format("{} is {}, which does not match {}", pointer, TextAt(body, pointer),
                           StringOr(pattern)));
  }
  for (const auto& [pointer, count] : Member(expect, "count").items()) {
    const Json::json_pointer at(pointer);
    const size_t size = body.contains(at) ? body.at(at).size() : 0;
    if (size != static_cast<size_t>(IntOr(count, 0)))
      complain(fmt::format("{} has {} members", pointer, size));
  }
  if (const Json& lines = Member(expect, "lines"); lines.is_array()) {
    Json types = Json::array();
    for (const Json& line : Member(body, "lines")) types.push_back(Member(line, "type"));
    if (types != lines) complain(fmt::format("the watch told {}", DumpJson(types)));
  }
}

HttpRequest Request(const Json& step, const Kept& kept) {
  const std::string line = Substitute(StringOr(Member(step, "call")), kept);
  const size_t space = line.find(' ');
  HttpRequest request;
  request.method = line.substr(0, space);
  request.target = line.substr(space + 1);
  request.stream = request.target.find("watch=1") != std::string::npos;
  const Json& body = Member(step, "body");
  if (body.is_null()) return request;
  const bool patch = request.method == "PATCH";
  request.headers = {
      {"Content-Type", StringOr(Member(step, "type"),
                                patch ? "application/merge-patch+json" : "application/json")}};
  request.body = Substitute(DumpJson(body), kept);
  return request;
}

}  // namespace

std::vector<std::string> RunApiScript(const Json& script, const ApiCaller& call,
                                      const ApiAction& action) {
  std::vector<std::string> failures;
  Kept kept;
  int number = 0;
  for (const Json& step : Member(script, "steps")) {
    ++number;
    if (const std::string name = StringOr(Member(step, "action")); !name.empty()) {
      action(name);
      continue;
    }
    const int64_t times = IntOr(Member(step, "repeat"), 1);
    for (int64_t i = 0; i < times; ++i) {
      kept["i"] = fmt::format("{:04}", i);
      const HttpRequest request = Request(step, kept);
      const HttpResult result = call(request);
      const auto complain = [&](const std::string& what) {
        failures.push_back(fmt::format("{}, step {}, {} {}: {}", StringOr(Member(script, "name")),
                                       number, request.method, request.target, what));
      };
      if (result.error != HttpError::kNone) complain("the call failed: " + result.detail);
      const Json& expect = Member(step, "expect");
      if (const int64_t code = IntOr(Member(expect, "code"), 0); code != 0 && code != result.status)
        complain(fmt::format("HTTP {} instead of {}: {}", result.status, code, result.body));
      const Json body = Body(request, result);
      CheckBody(expect, body, kept, complain);
      for (const auto& [name, pointer] : Member(step, "keep").items())
        kept[name] = TextAt(body, StringOr(pointer));
    }
  }
  return failures;
}

}  // namespace dtsop::sim
