#include "net/cpprest_gauge.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <boost/system/error_code.hpp>

#include "base/time.h"
#include "net/tcp_counters.h"

namespace dtsop {
namespace {

using boost::system::error_code;

// Between two looks at a socket that has something to read: the library needs a moment to read it.
constexpr milliseconds kPause{2};

}  // namespace

CpprestGauge::CpprestGauge(boost::asio::io_context& pool, int socket)
    : handle_(fcntl(socket, F_DUPFD_CLOEXEC, 0)), socket_(pool), timer_(pool) {
  error_code ignored;
  if (handle_ >= 0) socket_.assign(handle_, ignored);
}

bool CpprestGauge::IsConnected() const {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  return getpeername(handle_, reinterpret_cast<sockaddr*>(&address), &size) == 0;
}

void CpprestGauge::Limit(size_t bytes_max) {
  if (overflown_ || !socket_.is_open()) return;
  limited_ = true;
  read_before_ = TcpBytesRead(handle_).value_or(0);
  bytes_max_ = bytes_max;
  if (!watching_) Watch();
}

void CpprestGauge::Unlimit() { limited_ = false; }

void CpprestGauge::Watch() {
  watching_ = limited_;
  if (!watching_) return;
  // A socket that is not connected counts as readable.
  if (!IsConnected()) return Pause();
  socket_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                     [weak = weak_from_this()](const error_code& error) {
                       const auto self = weak.lock();
                       if (!error && self != nullptr) self->Check();
                     });
}

void CpprestGauge::Check() {
  const uint64_t read = TcpBytesRead(handle_).value_or(0);
  if (limited_ && read > read_before_ + bytes_max_) {
    overflown_ = true;
    limited_ = false;
    shutdown(handle_, SHUT_RDWR);  // the library now reads the end
  }
  Pause();
}

void CpprestGauge::Pause() {
  timer_.expires_after(kPause);
  timer_.async_wait([weak = weak_from_this()](const error_code& error) {
    const auto self = weak.lock();
    if (!error && self != nullptr) self->Watch();
  });
}

}  // namespace dtsop
