#include "simulator/encode.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <zlib.h>

#include <pugixml.hpp>
#include <sstream>
#include <utility>

namespace dtsop::simulator {
namespace {

constexpr size_t kHugeBytes = 10U << 20;
constexpr size_t kDeepLevels = 100'000;

// "Tue, 24 Nov 2026 13:35:41 GMT"
std::string HttpDate(WallTime time) {
  const std::time_t whole = std::chrono::floor<seconds>(time).time_since_epoch().count();
  return fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(whole));
}

SimulatedReply Reply(const AnswerContext& context, int status, std::string_view type,
                     std::string body) {
  SimulatedReply reply;
  reply.status = status;
  reply.headers = {{"date", HttpDate(context.now)},
                   {"content-type", std::string(type)},
                   {"x-acs-request-id", context.request_id}};
  reply.body = std::move(body);
  return reply;
}

SimulatedReply Reply(const AnswerContext& context, int status, std::string_view xml_root,
                     const Json& fields) {
  return context.format == "XML"
             ? Reply(context, status, "text/xml;charset=utf-8", ToXml(xml_root, fields))
             : Reply(context, status, "application/json;charset=utf-8", DumpJson(fields));
}

void Append(pugi::xml_node parent, const std::string& name, const Json& value) {
  if (value.is_array()) {
    for (const Json& item : value) Append(parent, name, item);
    return;
  }
  pugi::xml_node node = parent.append_child(name.c_str());
  if (value.is_object()) {
    for (const auto& [key, member] : value.items()) Append(node, key, member);
  } else {
    node.text().set(LenientString(value).c_str());
  }
}

std::string GarbageBody(Garbage garbage) {
  switch (garbage) {
    case Garbage::kEmpty:
      return "";
    case Garbage::kHtml:
      return "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>";
    case Garbage::kWrongTypes:
      return R"({"Success":"perhaps","HttpStatusCode":[200],"RequestId":{"a":1},"Status":42,)"
             R"("DtsJobList":"none","ErrCode":[],"ErrMessage":7,"Delay":"soon"})";
    case Garbage::kHuge:
      return R"({"RequestId":")" + std::string(kHugeBytes, 'x') + R"(","Success":true})";
    case Garbage::kTruncatedJson:
      return R"({"RequestId":"2D3B4615-923F-49AA-AF21-6D8E3967)";
    case Garbage::kDeepJson:
      return std::string(kDeepLevels, '[') + std::string(kDeepLevels, ']');
  }
  return "";
}

}  // namespace

std::string ToXml(std::string_view root, const Json& fields) {
  pugi::xml_document document;
  Append(document.root(), std::string(root), fields);
  std::ostringstream out;
  document.save(out, "", pugi::format_raw, pugi::encoding_utf8);
  return out.str();
}

SimulatedReply EncodeSuccess(const AnswerContext& context, Json fields) {
  fields["RequestId"] = context.request_id;
  fields["HttpStatusCode"] = 200;
  fields["Success"] = true;
  return Reply(context, 200, context.action + "Response", fields);
}

SimulatedReply EncodeError(const AnswerContext& context, const ApiError& error, ErrorShape shape,
                           bool as_http_200) {
  Json fields = {{"RequestId", context.request_id}};
  if (shape != ErrorShape::kService) {
    fields["Code"] = error.code;
    fields["Message"] = error.message;
    fields["HostId"] = context.host_id;
    fields["Recommend"] = "https://api.aliyun.com/troubleshoot?q=" + error.code + "&product=Dts";
  }
  if (shape != ErrorShape::kGateway) {
    fields["Success"] = false;
    fields["ErrCode"] = error.code;
    fields["ErrMessage"] = error.message;
    fields["HttpStatusCode"] = error.http_status;
    fields["DynamicCode"] = std::to_string(error.http_status);
    if (!error.dynamic_message.empty()) fields["DynamicMessage"] = error.dynamic_message;
  }
  const bool hidden = as_http_200 && shape != ErrorShape::kGateway;
  SimulatedReply reply =
      Reply(context, hidden ? 200 : error.http_status,
            shape == ErrorShape::kGateway ? "Error" : context.action + "Response", fields);
  if (error.time_left.has_value()) {
    const auto left = std::chrono::ceil<milliseconds>(*error.time_left).count();
    reply.headers.emplace_back("x-ratelimit-user", fmt::format("Remain:0,TimeLeft:{}", left));
    reply.headers.emplace_back("x-acs-retry-after", std::to_string(left));
  }
  if (!error.retry_after.empty()) reply.headers.emplace_back("retry-after", error.retry_after);
  return reply;
}

void Compress(SimulatedReply* reply) {
  z_stream stream{};
  constexpr int kGzipFormat = 16;  // as zlib asks for it, added to the size of the window
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + kGzipFormat, 8,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    return;
  }
  std::string out(deflateBound(&stream, reply->body.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(reply->body.data());
  stream.avail_in = static_cast<uInt>(reply->body.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const bool done = deflate(&stream, Z_FINISH) == Z_STREAM_END;
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (!done) return;
  reply->body = std::move(out);
  reply->headers.emplace_back("content-encoding", "gzip");
}

SimulatedReply EncodeGarbage(const AnswerContext& context, Garbage garbage) {
  return Reply(context, 200,
               garbage == Garbage::kHtml ? "text/html" : "application/json;charset=utf-8",
               GarbageBody(garbage));
}

}  // namespace dtsop::simulator
