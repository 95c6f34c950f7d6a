#include "tests/support/tcp_proxy.h"

#include <array>
#include <boost/asio.hpp>
#include <functional>
#include <future>
#include <list>
#include <random>
#include <thread>

namespace dtsop {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr size_t kPieceBytes = 16U << 10;

tcp::endpoint LoopbackEndpoint(int port) {
  return {asio::ip::address_v4::loopback(), static_cast<uint16_t>(port)};
}

// Two sockets, each of which gets what the other one receives.
class Link : public std::enable_shared_from_this<Link> {
 public:
  Link(tcp::socket client, asio::io_context& context, const bool& blackhole,
       const std::function<Duration()>& delay)
      : client_(std::move(client)),
        server_(context),
        blackhole_(blackhole),
        delay_(delay),
        up_{client_, server_, asio::steady_timer(context)},
        down_{server_, client_, asio::steady_timer(context)} {}

  void Connect(int port) {
    server_.async_connect(LoopbackEndpoint(port), [self = shared_from_this()](error_code error) {
      if (error) return self->Reset();
      self->Read(self->up_);
      self->Read(self->down_);
    });
  }

  // Lets pieces that were held back go on.
  void Resume() {
    for (Way* way : {&up_, &down_}) {
      if (way->held > 0 && !frozen_) Pass(*way, std::exchange(way->held, 0));
    }
  }
  void Freeze() { frozen_ = true; }
  bool closed() const { return !client_.is_open(); }
  void Close() {
    error_code ignored;
    client_.close(ignored);
    server_.close(ignored);
  }
  void Reset() {
    error_code ignored;
    client_.set_option(asio::socket_base::linger(true, 0), ignored);
    server_.set_option(asio::socket_base::linger(true, 0), ignored);
    Close();
  }

 private:
  struct Way {
    tcp::socket& from;
    tcp::socket& to;
    asio::steady_timer timer;
    std::array<char, kPieceBytes> piece{};
    size_t held = 0;  // bytes of `piece` that wait for the end of a blackhole
  };

  void Read(Way& way) {
    way.from.async_read_some(asio::buffer(way.piece),
                             [self = shared_from_this(), &way](error_code error, size_t size) {
                               if (error) return self->OnEnd(way);
                               way.timer.expires_after(self->delay_());
                               way.timer.async_wait([self, &way, size](error_code) {
                                 if (self->blackhole_ || self->frozen_) {
                                   way.held = size;
                                 } else {
                                   self->Pass(way, size);
                                 }
                               });
                             });
  }

  void Pass(Way& way, size_t size) {
    asio::async_write(way.to, asio::buffer(way.piece.data(), size),
                      [self = shared_from_this(), &way](error_code error, size_t) {
                        error ? self->Close() : self->Read(way);
                      });
  }

  // In a blackhole not even the end of a connection is seen on the other side.
  void OnEnd(Way& way) {
    error_code ignored;
    if (!blackhole_ && !frozen_) return Close();
    way.from.close(ignored);
  }

  tcp::socket client_;
  tcp::socket server_;
  const bool& blackhole_;
  const std::function<Duration()>& delay_;
  bool frozen_ = false;
  Way up_;
  Way down_;
};

}  // namespace

class TcpProxy::Impl {
 public:
  explicit Impl(int target_port) : target_(target_port), acceptor_(context_) {
    Listen();
    thread_ = std::thread([this] { context_.run(); });
  }
  ~Impl() {
    Do([this] {
      for (const auto& link : links_) link->Close();
      acceptor_.close();
    });
    context_.stop();
    thread_.join();
  }

  // Runs `action` on the proxy's thread and waits for it.
  template <class Action>
  void Do(Action action) {
    const auto done = std::make_shared<std::promise<void>>();
    asio::post(context_, [done, &action] {
      action();
      done->set_value();
    });
    done->get_future().wait();
  }

  void SetMode(Mode mode) {
    blackhole_ = mode == Mode::kBlackhole;
    if (mode == Mode::kRefuse) {
      acceptor_.close();
      for (const auto& link : links_) link->Reset();
    } else if (!acceptor_.is_open()) {
      Listen();
    }
    if (mode == Mode::kForward) {
      for (const auto& link : links_) link->Resume();
    }
  }

  asio::io_context context_;
  asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
  int target_;
  int port_ = 0;  // 0: any, until the first Listen
  tcp::acceptor acceptor_;
  std::list<std::shared_ptr<Link>> links_;
  bool blackhole_ = false;
  Duration least_delay_{0};
  Duration most_delay_{0};

 private:
  void Listen() {
    acceptor_.open(tcp::v4());
    acceptor_.set_option(asio::socket_base::reuse_address(true));
    acceptor_.bind(LoopbackEndpoint(port_));
    acceptor_.listen();
    port_ = acceptor_.local_endpoint().port();
    Accept();
  }

  void Accept() {
    acceptor_.async_accept([this](error_code error, tcp::socket client) {
      if (error) return;
      links_.remove_if([](const auto& link) { return link->closed(); });
      links_.push_back(std::make_shared<Link>(std::move(client), context_, blackhole_, delay_));
      links_.back()->Connect(target_);
      Accept();
    });
  }

  std::minstd_rand random_{1};
  const std::function<Duration()> delay_ = [this] {
    return Duration(std::uniform_int_distribution<Duration::rep>(least_delay_.count(),
                                                                 most_delay_.count())(random_));
  };
  std::thread thread_;
};

TcpProxy::TcpProxy(int target_port) : impl_(std::make_unique<Impl>(target_port)) {}
TcpProxy::~TcpProxy() = default;

int TcpProxy::port() const { return impl_->port_; }

void TcpProxy::SetMode(Mode mode) {
  impl_->Do([&] { impl_->SetMode(mode); });
}
void TcpProxy::SetTarget(int target_port) {
  impl_->Do([&] { impl_->target_ = target_port; });
}
void TcpProxy::FreezeOpenConnections() {
  impl_->Do([&] {
    for (const auto& link : impl_->links_) link->Freeze();
  });
}
void TcpProxy::CloseOpenConnections() {
  impl_->Do([&] {
    for (const auto& link : impl_->links_) link->Close();
  });
}
void TcpProxy::ResetOpenConnections() {
  impl_->Do([&] {
    for (const auto& link : impl_->links_) link->Reset();
  });
}
void TcpProxy::SetDelay(Duration least, Duration most) {
  impl_->Do([&] {
    impl_->least_delay_ = least;
    impl_->most_delay_ = most;
  });
}

}  // namespace dtsop
