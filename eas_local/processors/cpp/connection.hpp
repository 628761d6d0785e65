// One client's connection: what it has sent so far of a request, and what it has not yet been sent of an answer.
//
// Never waits, so that a client that is slow either way costs no worker: whoever has the connection goes on with it as
// far as it can, and says what to wait for.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "answer.hpp"
#include "request.hpp"
#include "sockets.hpp"

namespace host {

using Handler = std::function<Answer(const Request&)>;

enum class Next { READABLE, WRITABLE, OVER };

class Connection {
  public:
    explicit Connection(Socket socket) : socket_(std::move(socket)) {}

    int number() const { return socket_.number(); }

    // Once it can be read from, or written to, whichever was asked for.
    Next go_on(const Handler& handler);

  private:
    Next read(const Handler& handler);
    Next answer_all(const Handler& handler);
    void answer(Answer answer, bool last, bool with_body);
    Next write();
    Next written();

    // epoll lets only one worker at a time come here; by this the next one reads what the one before has written.
    std::mutex mutex_;
    Socket socket_;
    RequestReader reader_;
    std::optional<Answer> answer_;
    std::string head_;
    std::string_view body_;
    bool last_ = false;
};

}  // namespace host
