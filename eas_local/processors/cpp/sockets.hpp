// Sockets that close themselves.
#pragma once

#include <utility>

namespace host {

class Socket {
  public:
    explicit Socket(int number) : number_(number) {}
    Socket(Socket&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Socket& operator=(Socket&&) = delete;
    ~Socket();

    int number() const { return number_; }

  private:
    int number_;
};

// A port of all addresses, from now on open: who connects waits until somebody accepts. Throws Failure.
Socket listening(int port);

}  // namespace host
