#include "dts/reply.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <pugixml.hpp>

#include "base/strings.h"

namespace dtsop {
namespace {

constexpr int kXmlDepthMax = 16;
// Of DTS's own headers.
constexpr Duration kTimeLeftMin = milliseconds(100);
constexpr Duration kTimeLeftMax = seconds(60);
// What stands in a Code when nothing is wrong, beside numbers.
constexpr std::array<std::string_view, 4> kNoErrors = {"success", "ok", "none", "null"};

// What XML writes as an element per item and JSON as a list.
constexpr std::array<std::string_view, 4> kLists = {"DtsJobList", "Detail", "ErrorDetails",
                                                    "JobProgress"};

// An XML element as the JSON that DTS would have sent: text, or an object of its children. Of
// repeated children that are not items of a list the first counts.
Json XmlToJson(const pugi::xml_node& node, int depth) {
  Json object = Json::object();
  for (const pugi::xml_node& child : node.children()) {
    if (child.type() != pugi::node_element || depth >= kXmlDepthMax) continue;
    const std::string_view name = child.name();
    if (std::find(kLists.begin(), kLists.end(), name) != kLists.end()) {
      Json& list = object.emplace(name, Json::array()).first.value();
      // An empty list is an empty element, if it is there at all.
      if (child.first_child()) list.push_back(XmlToJson(child, depth + 1));
    } else if (!object.contains(name)) {
      object[child.name()] = XmlToJson(child, depth + 1);
    }
  }
  return object.empty() ? Json(node.child_value()) : object;
}

Result<Json> ParseXml(std::string_view text) {
  // A document type can define entities that grow without bound; DTS never sends one.
  if (text.find("<!DOCTYPE") != std::string_view::npos) return Fail("XML with a DOCTYPE");
  pugi::xml_document document;
  const auto parsed =
      document.load_buffer(text.data(), text.size(), pugi::parse_default, pugi::encoding_utf8);
  const pugi::xml_node root = document.document_element();
  // An HTML page of a proxy may be well-formed XML.
  if (!parsed || !root || EqualsIgnoreCase(root.name(), "html")) return Fail("not an XML answer");
  return XmlToJson(root, 0);
}

// A message may come in GBK although UTF-8 was asked for: the code beside it must not be lost for
// that.
Result<Json> ParseJsonInAnyBytes(std::string_view text) {
  auto parsed = ParseJson(text);
  for (const bool as_pairs : {false, true}) {
    const std::string repaired = parsed ? "" : RepairUtf8(text, as_pairs);
    if (parsed || repaired == text) break;
    parsed = ParseJson(repaired);
  }
  return parsed;
}

Result<Json> ParseBody(std::string_view body) {
  const std::string_view trimmed = Trim(body);
  auto parsed = trimmed.starts_with('<') ? ParseXml(trimmed) : ParseJsonInAnyBytes(trimmed);
  if (parsed && !parsed->is_object()) return Fail("not an object");
  return parsed;
}

// The wait that `text`, in milliseconds, asks for; 0 when it is no such number.
Duration WaitOf(std::string_view text) {
  const auto value = LenientInt(Json(std::string(Trim(text))));
  if (!value || *value <= 0) return Duration{0};
  return std::clamp<Duration>(
      milliseconds(std::min<int64_t>(*value, kTimeLeftMax / milliseconds(1))), kTimeLeftMin,
      kTimeLeftMax);
}

// The wait that a gateway's Retry-After asks for, 0 when it does not. A date counts from the
// gateway's own clock.
Duration PlainRetryAfter(const HttpHeaders& headers) {
  const WallTime now = ParseHttpDate(FindHeader(headers, "Date")).value_or(WallTime::max());
  return ParseRetryAfter(FindHeader(headers, "Retry-After"), now).value_or(Duration{0});
}

// The longest wait that the headers of a throttled answer ask for: "TimeLeft" as in
// "Limit:10,TimeLeft:1500", the header that the gateway's older SDKs know, or the plain one.
Duration RetryAfter(const HttpHeaders& headers) {
  Duration longest =
      std::max(PlainRetryAfter(headers), WaitOf(FindHeader(headers, "x-acs-retry-after")));
  for (const char* name : {"x-ratelimit-user-api", "x-ratelimit-user"}) {
    for (const std::string& part : Split(FindHeader(headers, name), ',')) {
      const std::string_view item = Trim(part);
      const size_t colon = item.find(':');
      if (item.substr(0, colon) != "TimeLeft" || colon == std::string_view::npos) continue;
      longest = std::max(longest, WaitOf(item.substr(colon + 1)));
    }
  }
  return longest;
}

CallFailure TransportFailure(const HttpResult& result) {
  CallFailure failure;
  failure.error_class = ErrorClass::kTransient;
  failure.may_have_acted = result.sent;
  switch (result.error) {
    case HttpError::kTimeout:
      failure.code = "Client.Timeout";
      break;
    case HttpError::kConnect:
    case HttpError::kTls:
      failure.code = "Client.EndpointUnreachable";
      break;
    case HttpError::kTooLarge:
      failure.code = "Client.UnreadableAnswer";
      break;
    default:
      failure.code = "Client.ConnectionLost";
  }
  failure.message =
      CleanText("no usable answer from the DTS endpoint: " + result.detail, kDtsMessageBytesMax);
  failure.remedy =
      "Check --dts-endpoint, the network and any proxy; the operator keeps trying by itself.";
  return failure;
}

CallFailure UnreadableFailure(const HttpResult& result, std::string_view why) {
  const std::string what =
      fmt::format("HTTP {}, {} bytes, {}", result.status, result.body.size(), why);
  CallFailure failure = UnreadableAnswer(what);
  failure.http_status = result.status;
  failure.retry_after = PlainRetryAfter(result.headers);
  if (result.status != 429) return failure;
  // What stands in front of DTS, such as a proxy, let nothing through.
  failure.error_class = ErrorClass::kThrottled;
  failure.may_have_acted = false;
  failure.code = "Client.TooManyRequests";
  failure.message = "a gateway in front of DTS limits the requests: " + what;
  failure.remedy = "It is tried again by itself; if it lasts, raise the gateway's limit.";
  failure.retry_after = RetryAfter(result.headers);
  return failure;
}

// Some answers declare a text and send a boolean.
std::string FirstOf(const Json& body, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    const Json& value = Member(body, name);
    std::string text = value.is_boolean() ? "" : LenientString(value);
    if (!text.empty()) return text;
  }
  return "";
}

// `code` without its prefix; "" when it says that nothing is wrong.
std::string ErrorWord(std::string_view code) {
  code = Trim(code);
  if (code.starts_with("DTS.Msg.")) code.remove_prefix(8);
  const bool number = code.find_first_not_of("0123456789") == std::string_view::npos;
  const bool fine = std::any_of(kNoErrors.begin(), kNoErrors.end(), [code](std::string_view word) {
    return EqualsIgnoreCase(code, word);
  });
  return number || fine ? "" : std::string(code);
}

// The error code, or "" when the answer names none: DescribeDtsJobDetail has a Code of its own,
// which is a number or a word such as OK when all is well.
std::string ErrorCodeOf(const Json& body) {
  for (const std::string_view name : {"ErrCode", "Code", "code"}) {
    std::string word = ErrorWord(FirstOf(body, {name}));
    if (!word.empty()) return word;
  }
  return "";
}

CallFailure ServiceFailure(const HttpResult& result, const Json& body, const std::string& code,
                           const ErrorTable& errors) {
  CallFailure failure;
  failure.code = code.empty() ? "Client.NoErrorCode" : CleanText(code, kDtsCodeBytesMax);
  const ErrorRule rule = errors.RuleFor(failure.code, result.status);
  failure.error_class = rule.error_class;
  failure.may_have_acted = rule.may_have_acted;
  failure.remedy = rule.remedy;
  failure.http_status = result.status;
  failure.err_message =
      CleanText(FirstOf(body, {"ErrMessage", "Message", "message"}), kDtsMessageBytesMax);
  failure.dynamic_message = CleanText(FirstOf(body, {"DynamicMessage"}), kDtsMessageBytesMax);
  failure.dynamic_code = CleanText(FirstOf(body, {"DynamicCode"}), kDtsCodeBytesMax);
  // About signatures the gateway quotes the string to sign: it holds the AccessKeyId and the
  // security token, and differs in every answer.
  if (failure.code.find("Signature") != std::string::npos) {
    failure.err_message = "The request signature was not accepted.";
    failure.dynamic_message.clear();
  }
  failure.message =
      CleanText(RenderMessage(failure.err_message, failure.dynamic_message), kDtsMessageBytesMax);
  failure.request_id = CleanText(FirstOf(body, {"RequestId", "requestId"}), kDtsCodeBytesMax);
  failure.recommend_url = CleanText(FirstOf(body, {"Recommend"}), kDtsMessageBytesMax);
  failure.retry_after = rule.error_class == ErrorClass::kThrottled
                            ? RetryAfter(result.headers)
                            : PlainRetryAfter(result.headers);
  return failure;
}

}  // namespace

CallFailure UnreadableAnswer(std::string_view why) {
  CallFailure failure;
  failure.error_class = ErrorClass::kTransient;
  failure.may_have_acted = true;
  failure.code = "Client.UnreadableAnswer";
  failure.message = fmt::format("the answer is not one of DTS: {}", why);
  failure.remedy = "Check that --dts-endpoint names DTS and that no proxy answers in its place.";
  return failure;
}

tl::expected<DtsReply, CallFailure> DecodeReply(const HttpResult& result,
                                                const ErrorTable& errors) {
  if (result.error != HttpError::kNone) return tl::unexpected(TransportFailure(result));
  auto body = ParseBody(result.body);
  if (!body) return tl::unexpected(UnreadableFailure(result, body.error().message));
  std::string code = ErrorCodeOf(*body);
  const auto success = LenientBool(Member(*body, "Success"));
  const bool ok_status = result.status >= 200 && result.status < 300;
  if (ok_status && success == true && code.empty()) {
    std::string request_id = CleanText(FirstOf(*body, {"RequestId"}), kDtsCodeBytesMax);
    const auto date = ParseHttpDate(FindHeader(result.headers, "Date"));
    return DtsReply{std::move(*body), std::move(request_id),
                    date ? std::optional(*date) : std::nullopt};
  }
  if (code.empty() && success != false) {
    return tl::unexpected(UnreadableFailure(result, "it has neither Success nor an error code"));
  }
  return tl::unexpected(ServiceFailure(result, *body, code, errors));
}

std::string RenderMessage(std::string_view err_message, std::string_view dynamic_message) {
  if (dynamic_message.empty()) return std::string(err_message);
  if (err_message.empty()) return std::string(dynamic_message);
  if (err_message.find("%s") == std::string_view::npos) {
    return fmt::format("{}: {}", err_message, dynamic_message);
  }
  return ReplaceAll(err_message, "%s", dynamic_message);
}

}  // namespace dtsop
