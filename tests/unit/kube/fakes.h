// Stand-ins for the outside of controller/kube: a clock that tests move, and files that are texts.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <string>

#include "base/time.h"
#include "kube/file.h"

namespace dtsop {

class FakeClock final : public Clock {
 public:
  Now Read() const override {
    const Duration offset(nanoseconds_.load());
    return {MonoTime(hours(1)) + offset, WallTime(seconds(1'800'000'000)) + offset};
  }
  void Advance(Duration step) { nanoseconds_ += step.count(); }

 private:
  std::atomic<int64_t> nanoseconds_{0};
};

class FakeFiles {
 public:
  void Set(const std::string& path, std::string text) {
    const std::lock_guard lock(mutex_);
    files_[path] = std::move(text);
  }
  void Remove(const std::string& path) {
    const std::lock_guard lock(mutex_);
    files_.erase(path);
  }
  int reads() const { return reads_; }
  FileReader Reader() {
    return [this](const std::string& path) -> Result<std::optional<std::string>> {
      const std::lock_guard lock(mutex_);
      ++reads_;
      const auto found = files_.find(path);
      if (found == files_.end()) return std::nullopt;
      return found->second;
    };
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::string> files_;
  std::atomic<int> reads_{0};
};

}  // namespace dtsop
