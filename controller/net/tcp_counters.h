// What the kernel knows of a TCP connection. Apart, because the kernel's own header can't be
// included beside that of the C library, which Boost.Asio includes.
#pragma once

#include <cstdint>
#include <optional>

namespace dtsop {

// How many bytes the owner of `socket` has read so far, within the bytes that have just arrived;
// nullopt when the kernel does not tell.
std::optional<uint64_t> TcpBytesRead(int socket);

}  // namespace dtsop
