#include "server.hpp"

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <system_error>
#include <thread>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "failure.hpp"
#include "last_words.hpp"
#include "log.hpp"

namespace host {

Server::Server(Socket port, Handler handler)
    : port_(std::move(port)), epoll_(epoll_create1(EPOLL_CLOEXEC)), handler_(std::move(handler)) {
    if (epoll_.number() < 0) throw Failure(std::string("epoll cannot be had: ") + std::strerror(errno));
    watch(EPOLL_CTL_ADD, port_.number(), nullptr, Next::READABLE);
}

void Server::serve(int workers) {
    try {
        for (int worker = 0; worker < workers; ++worker) std::thread(&Server::work, this).detach();
    } catch (const std::system_error& problem) {
        throw Failure("rpc.worker_threads is " + std::to_string(workers) + ", but so many cannot be started: " +
                      problem.what());
    }
    for (;;) pause();
}

void Server::work() {
    const During hosting(HOST);
    const SpareStack stack;
    for (;;) {
        epoll_event event{};
        if (epoll_wait(epoll_.number(), &event, 1, -1) != 1) continue;
        if (event.data.ptr == nullptr) {
            accept();
        } else {
            go_on(std::unique_ptr<Connection>(static_cast<Connection*>(event.data.ptr)));
        }
    }
}

void Server::accept() {
    Socket client(accept4(port_.number(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (client.number() < 0 && (errno == EMFILE || errno == ENFILE)) {
        error(std::string(std::strerror(errno)) + ": no request comes in any more; let the library close what it opens");
        std::_Exit(EXIT_FAILURE);
    }
    watch(EPOLL_CTL_MOD, port_.number(), nullptr, Next::READABLE);
    if (client.number() < 0) return;
    const int yes = 1;
    setsockopt(client.number(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    const int number = client.number();
    watch(EPOLL_CTL_ADD, number, new Connection(std::move(client)), Next::READABLE);
}

void Server::go_on(std::unique_ptr<Connection> connection) {
    const int number = connection->number();
    const Next next = connection->go_on(handler_);
    if (next != Next::OVER) watch(EPOLL_CTL_MOD, number, connection.release(), next);
}

// Once it is watched it belongs to whichever worker epoll gives it to. The port goes without a connection.
void Server::watch(int operation, int number, Connection* connection, Next next) {
    epoll_event event{};
    event.events = (next == Next::WRITABLE ? EPOLLOUT : EPOLLIN) | EPOLLONESHOT;
    event.data.ptr = connection;
    epoll_ctl(epoll_.number(), operation, number, &event);
}

}  // namespace host
