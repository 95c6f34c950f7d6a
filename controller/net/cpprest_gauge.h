// A second handle of a socket that the HTTP library opens. It tells what the library does not:
// whether the socket ever connected, and how much was read from it. Only cpprest_*.cc include this;
// everything runs on the pool thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace dtsop {

class CpprestGauge : public std::enable_shared_from_this<CpprestGauge> {
 public:
  // `socket` is open and not connected yet. It stays the library's.
  CpprestGauge(boost::asio::io_context& pool, int socket);

  // True from the moment at which the connection is made until it is closed.
  bool IsConnected() const;

  // Ends the connection when more than `bytes_max` are read from now on; the library reads a head
  // or a chunk of any size into memory. A few milliseconds' worth more may be read.
  void Limit(size_t bytes_max);
  // Stops counting: nobody reads, or somebody else counts.
  void Unlimit();
  // True when it has ended the connection.
  bool IsOverflown() const { return overflown_; }

 private:
  void Watch();
  void Check();
  void Pause();

  const int handle_;  // -1: none could be had, and nothing is known or counted
  boost::asio::posix::stream_descriptor socket_;  // owns it
  boost::asio::steady_timer timer_;
  bool watching_ = false;  // a wait is under way
  bool limited_ = false;
  bool overflown_ = false;
  uint64_t read_before_ = 0;
  uint64_t bytes_max_ = 0;
};

}  // namespace dtsop
