// A write-only stream buffer that hands each piece of a response body on as it arrives; with the
// library's own buffers a body would be kept until somebody reads it. Only cpprest_*.cc include
// this.
#pragma once

#include <cpprest/astreambuf.h>

#include <functional>
#include <string_view>
#include <utility>

namespace dtsop {

class CpprestSinkBuffer final
    : public Concurrency::streams::details::streambuf_state_manager<uint8_t> {
 public:
  using OnData = std::function<void(std::string_view)>;

  explicit CpprestSinkBuffer(OnData on_data)
      : streambuf_state_manager(std::ios_base::out), on_data_(std::move(on_data)) {}
  ~CpprestSinkBuffer() override { _close_write(); }
  CpprestSinkBuffer(const CpprestSinkBuffer&) = delete;
  CpprestSinkBuffer& operator=(const CpprestSinkBuffer&) = delete;

  bool can_seek() const override { return false; }
  bool has_size() const override { return false; }
  size_t buffer_size(std::ios_base::openmode) const override { return 0; }
  void set_buffer_size(size_t, std::ios_base::openmode) override {}
  size_t in_avail() const override { return 0; }
  pos_type getpos(std::ios_base::openmode) const override { return kNowhere; }
  pos_type seekpos(pos_type, std::ios_base::openmode) override { return kNowhere; }
  pos_type seekoff(off_type, std::ios_base::seekdir, std::ios_base::openmode) override {
    return kNowhere;
  }
  bool acquire(uint8_t*& data, size_t& size) override {
    data = nullptr;
    size = 0;
    return false;
  }
  void release(uint8_t*, size_t) override {}

 protected:
  pplx::task<size_t> _putn(const uint8_t* data, size_t size) override {
    on_data_({reinterpret_cast<const char*>(data), size});
    return pplx::task_from_result(size);
  }
  pplx::task<int_type> _putc(uint8_t byte) override {
    on_data_({reinterpret_cast<const char*>(&byte), 1});
    return pplx::task_from_result<int_type>(byte);
  }
  pplx::task<bool> _sync() override { return pplx::task_from_result(true); }

  // The reading half and the direct write access: refused.
  uint8_t* _alloc(size_t) override { return nullptr; }
  void _commit(size_t) override {}
  pplx::task<int_type> _bumpc() override { return pplx::task_from_result(traits::eof()); }
  pplx::task<int_type> _getc() override { return pplx::task_from_result(traits::eof()); }
  pplx::task<int_type> _nextc() override { return pplx::task_from_result(traits::eof()); }
  pplx::task<int_type> _ungetc() override { return pplx::task_from_result(traits::eof()); }
  int_type _sbumpc() override { return traits::eof(); }
  int_type _sgetc() override { return traits::eof(); }
  pplx::task<size_t> _getn(uint8_t*, size_t) override { return pplx::task_from_result(size_t{0}); }
  size_t _scopy(uint8_t*, size_t) override { return 0; }

 private:
  static inline const pos_type kNowhere = static_cast<pos_type>(traits::eof());

  OnData on_data_;
};

}  // namespace dtsop
