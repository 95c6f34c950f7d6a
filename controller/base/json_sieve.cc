#include "base/json_sieve.h"

#include <algorithm>
#include <utility>

#include "base/json.h"

namespace dtsop {
namespace {

// Longer keys are nobody's.
constexpr size_t kKeyBytesMax = 1024;

bool IsSpace(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

// The end of a number or of true, false and null.
bool EndsScalar(char c) { return c == ',' || c == '}' || c == ']' || IsSpace(c); }

}  // namespace

Result<void> JsonSieve::Feed(std::string_view data, const OnRecord& on_record) {
  on_record_ = &on_record;
  while (!failed_ && !data.empty()) {
    if (token_ == Token::kKey || token_ == Token::kString) {
      TakeString(&data);
    } else {
      ++offset_;
      TakeByte(data.front());
      data.remove_prefix(1);
    }
  }
  if (!failed_) return {};
  out_ = std::string();
  return Fail("not the text of JSON objects");
}

// Takes what `data` has of the present string.
void JsonSieve::TakeString(std::string_view* data) {
  size_t end = 0;
  for (; end < data->size(); ++end) {
    const char c = (*data)[end];
    if (escaped_) {
      escaped_ = false;
    } else if (c == '\\') {
      escaped_ = true;
    } else if (c == '"') {
      break;
    }
  }
  const std::string_view piece = data->substr(0, end);
  if (token_ == Token::kKey) {
    key_.append(piece.substr(0, kKeyBytesMax + 1 - std::min(key_.size(), kKeyBytesMax + 1)));
  } else if (keeps_) {
    Append(piece);
  }
  offset_ += end;
  data->remove_prefix(end);
  if (data->empty()) return;
  ++offset_;
  data->remove_prefix(1);
  const bool key = token_ == Token::kKey;
  token_ = Token::kNone;
  if (key) return EndKey();
  if (!keeps_) return;
  out_.push_back('"');
  EndKept();
}

void JsonSieve::TakeByte(char c) {
  if (token_ == Token::kScalar) {
    if (!EndsScalar(c)) return keeps_ ? Append({&c, 1}) : void();
    token_ = Token::kNone;
    if (keeps_) EndKept();
  }
  if (skipped_depth_ > 0) {
    keeps_ = false;
    if (c == '"') token_ = Token::kString;
    if (c == '{' || c == '[') ++skipped_depth_;
    if (c == '}' || c == ']') --skipped_depth_;
    return;
  }
  if (IsSpace(c)) return;
  if (frames_.empty()) {
    if (c != '{') {
      failed_ = true;
      return;
    }
    object_from_ = offset_ - 1;
    return Open(c, &shape_);
  }
  Frame& top = frames_.back();
  if (c == '}' || c == ']') return Close(c);
  if (c == ',') {
    top.awaits_key = top.close == '}';
  } else if (c == '"' && top.awaits_key) {
    token_ = Token::kKey;
    key_.clear();
  } else if (c != ':') {
    BeginValue(c);
  }
}

void JsonSieve::EndKey() {
  Frame& top = frames_.back();
  top.awaits_key = false;
  value_shape_ = nullptr;
  keeps_ = key_.size() <= kKeyBytesMax;
  if (top.shape == nullptr) {
    if (!keeps_) cut_ = true;
    return;
  }
  const auto& members = top.shape->members;
  const auto found = std::find_if(members.begin(), members.end(),
                                  [this](const JsonShape& m) { return m.name == key_; });
  keeps_ = keeps_ && found != members.end();
  if (keeps_ && (!found->members.empty() || found->each)) value_shape_ = &*found;
}

void JsonSieve::BeginValue(char c) {
  Frame& top = frames_.back();
  const bool in_array = top.close == ']';
  const JsonShape* const shape = in_array ? top.shape : value_shape_;
  if (top.each) {
    record_begin_ = out_.size();
    element_from_ = offset_ - 1;
  }
  // Only an object can be a record.
  const bool wanted = top.each ? c == '{' : in_array || keeps_;
  const bool fits = out_.size() - record_begin_ <= kept_bytes_max_ &&
                    frames_.size() < static_cast<size_t>(kJsonDepthMax);
  keeps_ = false;
  item_begin_ = out_.size();
  item_is_first_ = top.empty;
  if (wanted && !fits) cut_ = true;
  if (wanted && fits) {
    keeps_ = true;
    if (!top.empty && !top.each) out_.push_back(',');
    top.empty = false;
    if (!in_array) out_.append("\"").append(key_).append("\":");
  }
  if (c == '{' || c == '[') {
    if (keeps_) return Open(c, shape);
    skipped_depth_ = 1;
    return;
  }
  token_ = c == '"' ? Token::kString : Token::kScalar;
  if (keeps_) out_.push_back(c);
}

void JsonSieve::Open(char c, const JsonShape* shape) {
  out_.push_back(c);
  Frame frame;
  frame.close = c == '{' ? '}' : ']';
  frame.each = shape != nullptr && shape->each && c == '[' && frames_.size() == 1;
  // An array passes its shape on to its elements; of a shape without members everything is kept.
  frame.shape = shape != nullptr && !shape->members.empty() ? shape : nullptr;
  frame.awaits_key = c == '{';
  frames_.push_back(frame);
}

void JsonSieve::Close(char c) {
  if (frames_.back().close != c) {
    failed_ = true;
    return;
  }
  out_.push_back(c);
  frames_.pop_back();
  EndKept();
}

// A value that was kept, maybe in part, has ended.
void JsonSieve::EndKept() {
  keeps_ = false;
  if (frames_.empty()) {
    Deliver(0, object_from_, false);
  } else if (frames_.back().each) {
    Deliver(record_begin_, element_from_, true);
  }
}

void JsonSieve::Append(std::string_view piece) {
  if (out_.size() + piece.size() - record_begin_ > kept_bytes_max_) return Cut();
  out_.append(piece);
}

void JsonSieve::Cut() {
  cut_ = true;
  keeps_ = false;
  out_.resize(item_begin_);
  frames_.back().empty = item_is_first_;
}

void JsonSieve::Deliver(size_t begin, uint64_t from, bool element) {
  (*on_record_)({std::string_view(out_).substr(begin), static_cast<size_t>(offset_ - from), element,
                 std::exchange(cut_, false)});
  out_.resize(begin);
  record_begin_ = 0;
}

}  // namespace dtsop
