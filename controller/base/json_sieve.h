// Reads JSON text as it arrives, in any slices, and keeps only the members that somebody reads.
// Memory is bounded by what is kept, whatever else an object carries.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace dtsop {

// What to keep of a JSON value.
struct JsonShape {
  std::string_view name;  // of the member; names are compared as they stand in the text
  // Members to keep of an object, or of each object of an array. Empty: the whole value.
  std::vector<JsonShape> members = {};
  bool each = false;  // an array whose elements are records of their own
};

// Cuts a stream of JSON objects into records. Not thread-safe.
class JsonSieve {
 public:
  struct Record {
    std::string_view text;  // JSON of what was kept; valid during the call only
    size_t bytes = 0;       // of the whole value as it was sent
    bool element = false;   // of an array with `each`; else an object of the stream, without those
    bool cut = false;       // more than `kept_bytes_max` was to be kept: something is missing
  };
  using OnRecord = std::function<void(const Record&)>;

  // `shape` describes each object of the stream and must outlive the sieve.
  JsonSieve(const JsonShape& shape, size_t kept_bytes_max)
      : shape_(shape), kept_bytes_max_(kept_bytes_max) {}

  // Calls `on_record` for each record that `data` completes. Fails, then and ever after, on what
  // can't be the text of JSON objects. What is dropped is not checked for more than its brackets;
  // what is kept is for the reader of the record to parse.
  Result<void> Feed(std::string_view data, const OnRecord& on_record);

 private:
  enum class Token { kNone, kKey, kString, kScalar };
  // An object or array of which something is kept.
  struct Frame {
    char close = '}';
    const JsonShape* shape = nullptr;  // null: everything is kept
    bool each = false;
    bool empty = true;  // nothing has been kept of it yet
    bool awaits_key = false;
  };

  void TakeString(std::string_view* data);
  void TakeByte(char c);
  void EndKey();
  void BeginValue(char c);
  void Open(char c, const JsonShape* shape);
  void Close(char c);
  void EndKept();
  void Append(std::string_view piece);
  void Cut();
  void Deliver(size_t begin, uint64_t from, bool element);

  const JsonShape& shape_;
  const size_t kept_bytes_max_;
  const OnRecord* on_record_ = nullptr;  // during Feed

  std::string out_;  // what is kept of the object so far
  std::vector<Frame> frames_;
  size_t skipped_depth_ = 0;  // inside of a value that is dropped
  Token token_ = Token::kNone;
  bool escaped_ = false;  // inside of a string: the next byte stands for itself
  bool keeps_ = false;    // the string or scalar that is being read, or the value of key_
  const JsonShape* value_shape_ = nullptr;  // of the value of key_
  std::string key_;
  bool cut_ = false;  // something of the record did not fit
  bool failed_ = false;
  size_t item_begin_ = 0;  // in out_: the value that is being kept
  bool item_is_first_ = false;
  size_t record_begin_ = 0;   // in out_
  uint64_t offset_ = 0;       // of the stream
  uint64_t object_from_ = 0;  // offsets where the object and the element began
  uint64_t element_from_ = 0;
};

}  // namespace dtsop
