#include "sockets.hpp"

#include <cerrno>
#include <cstring>
#include <string>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "failure.hpp"

namespace host {

Socket::~Socket() {
    if (number_ >= 0) close(number_);
}

Socket listening(int port) {
    Socket made(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const int yes = 1;
    setsockopt(made.number(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<in_port_t>(port));
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    if (bind(made.number(), generic, sizeof address) != 0 || listen(made.number(), SOMAXCONN) != 0) {
        throw Failure("port " + std::to_string(port) + " cannot be opened: " + std::strerror(errno) +
                      "; nothing else of this instance may use it");
    }
    return made;
}

}  // namespace host
