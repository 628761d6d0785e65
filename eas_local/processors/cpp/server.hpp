// Connections and the workers that share them: as many threads as there are workers, all waiting on one epoll.
//
// EPOLLONESHOT gives each connection that has something to do to exactly one of them, and that one calls `process`
// itself: no request is handed from thread to thread. Where all of them are busy the kernel keeps what comes.
#pragma once

#include <memory>

#include "connection.hpp"
#include "sockets.hpp"

namespace host {

class Server {
  public:
    // `port` listens. Throws Failure.
    Server(Socket port, Handler handler);

    [[noreturn]] void serve(int workers);

  private:
    void work();
    void accept();
    void go_on(std::unique_ptr<Connection> connection);
    void watch(int operation, int number, Connection* connection, Next next);

    Socket port_;
    Socket epoll_;
    Handler handler_;
};

}  // namespace host
