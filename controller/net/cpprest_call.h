// One request on its way through cpprestsdk: its limits, its answer, and the one moment at which
// it is over. Only cpprest_*.cc include this. Everything runs on the pool thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "net/cpprest_lane.h"
#include "net/http.h"
#include "net/origin.h"
#include "net/resolver.h"

namespace dtsop {

// May outlive its OnFinished: the library sometimes needs longer than the caller wants to wait, for
// instance while it resolves a name. What the library then still reports is ignored.
class CpprestCall : public std::enable_shared_from_this<CpprestCall> {
 public:
  using OnFinished = std::function<void(const std::shared_ptr<CpprestCall>&, HttpResult)>;

  // `on_finished` is called exactly once, and never from within the constructor.
  CpprestCall(boost::asio::io_context& pool, CallId id, HttpRequest request, Origin origin,
              Resolver& resolver, HttpSink& sink, OnFinished on_finished);

  // Starts the total limit. The call now waits for Begin.
  void StartClock();
  // Sends the request on `lane`, which may have a connection already.
  void Begin(std::unique_ptr<CpprestLane> lane);
  // Ends the call now, if it is not over.
  void Abort(HttpError error, const std::string& detail);

  CallId id() const { return id_; }
  const HttpRequest& request() const { return request_; }
  const Origin& origin() const { return origin_; }
  HttpSink& sink() const { return sink_; }
  bool begun() const { return begun_; }
  // The lane, for the next call. Only after success.
  const CpprestLane& lane() const { return *lane_; }
  std::unique_ptr<CpprestLane> TakeLane() { return std::move(lane_); }

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;
  using Addresses = Resolver::Addresses;

  // For a new connection the name is looked up here, and the library is given an address: its one
  // resolver thread serves all servers, and one name whose lookup hangs would hold up the others.
  void Connect();
  // The addresses share the time to connect. REQUIRES: there is one left.
  void ConnectToNext();
  void Exchange();
  void OnProgress();
  void OnHead(const web::http::http_response& response);
  void OnData(std::string_view data);
  void Deliver(std::string_view data);
  void OnEnd(const std::exception_ptr& exception);
  void Finish(HttpError error, bool sent, std::string detail);

  void ArmTimer();
  void OnTimer();
  // True when not_after has passed.
  bool Expired() const;

  const CallId id_;
  const HttpRequest request_;
  const Origin origin_;
  Resolver& resolver_;
  HttpSink& sink_;
  OnFinished on_finished_;  // empty once the call is over

  boost::asio::io_context& pool_;
  boost::asio::steady_timer timer_;
  SteadyTime total_deadline_ = SteadyTime::max();
  SteadyTime connect_deadline_ = SteadyTime::max();
  SteadyTime phase_deadline_ = SteadyTime::max();  // of waiting, then an address, then silence
  Addresses addresses_;                            // to be connected to, the next one last
  std::unique_ptr<CpprestLane> lane_;              // null while the call waits
  pplx::cancellation_token_source cancellation_;   // of the current exchange
  int exchange_ = 0;  // what the library reports of an earlier one is ignored
  bool begun_ = false;
  bool connected_ = false;
  bool head_seen_ = false;
  std::string parked_;  // body that arrived before the library told the status
  HttpResult result_;
};

}  // namespace dtsop
