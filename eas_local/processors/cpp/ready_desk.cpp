#include "ready_desk.hpp"

#include <array>
#include <thread>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "last_words.hpp"

namespace host {

ReadyDesk::ReadyDesk(int port) : port_(listening(port)) {
    fcntl(port_.number(), F_SETFL, 0);  // it waits for one at a time
}

void ReadyDesk::open(int status, const std::string& json) {
    const std::string answer = "HTTP/1.1 " + std::to_string(status) + (status == 200 ? " OK" : " Service Unavailable") +
                               "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(json.size()) +
                               "\r\nConnection: close\r\n\r\n" + json;
    std::thread([this, answer] { attend(answer); }).detach();
}

// A request comes in one piece; who sends none is not waited for.
static void reply(const Socket& client, const std::string& answer) {
    const timeval patience{1, 0};
    std::array<char, 8192> request;
    setsockopt(client.number(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (recv(client.number(), request.data(), request.size(), 0) <= 0) return;
    send(client.number(), answer.data(), answer.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

void ReadyDesk::attend(const std::string& answer) const {
    const During hosting(HOST);
    for (;;) {
        const Socket client(accept4(port_.number(), nullptr, nullptr, SOCK_CLOEXEC));
        if (client.number() >= 0) reply(client, answer);
    }
}

}  // namespace host
