#include "connection.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>

#include <sys/socket.h>
#include <sys/uio.h>

namespace host {

static constexpr std::size_t AT_ONCE = 64 * 1024;

Next Connection::go_on(const Handler& handler) {
    const std::lock_guard turn(mutex_);
    try {
        if (!answer_) return read(handler);
        const Next next = write();
        return next == Next::READABLE ? answer_all(handler) : next;
    } catch (const Refused& refused) {
        answer({refused.status, refused.what()}, true, true);
    } catch (const std::bad_alloc&) {
        answer({413, "There is no memory for a body of this size."}, true, true);
    }
    return write();
}

// After the last answer the client may still be sending; were that not read, the answer would be lost on its way.
Next Connection::read(const Handler& handler) {
    std::array<char, AT_ONCE> bytes;
    const ssize_t size = recv(socket_.number(), bytes.data(), bytes.size(), 0);
    if (size < 0) return errno == EAGAIN || errno == EINTR ? Next::READABLE : Next::OVER;
    if (size == 0) return Next::OVER;
    if (last_) return Next::READABLE;
    reader_.feed({bytes.data(), static_cast<std::size_t>(size)});
    return answer_all(handler);
}

Next Connection::answer_all(const Handler& handler) {
    Next next = Next::READABLE;
    while (next == Next::READABLE && !last_ && reader_.complete()) {
        const Request request = reader_.take();
        answer(handler(request), request.last, request.method != "HEAD");
        next = write();
    }
    return next;
}

void Connection::answer(Answer answer, bool last, bool with_body) {
    answer_.emplace(std::move(answer));
    head_ = answer_->head(last);
    body_ = with_body ? answer_->body() : std::string_view();
    last_ = last;
}

static void skip(std::string& head, std::string_view& body, std::size_t bytes) {
    const std::size_t of_head = std::min(head.size(), bytes);
    head.erase(0, of_head);
    body.remove_prefix(bytes - of_head);
}

Next Connection::write() {
    while (!head_.empty() || !body_.empty()) {
        std::array<iovec, 2> parts{iovec{head_.data(), head_.size()},
                                   iovec{const_cast<char*>(body_.data()), body_.size()}};
        const ssize_t size = writev(socket_.number(), parts.data(), parts.size());
        if (size < 0 && errno != EINTR) return errno == EAGAIN ? Next::WRITABLE : Next::OVER;
        if (size > 0) skip(head_, body_, static_cast<std::size_t>(size));
    }
    return written();
}

Next Connection::written() {
    answer_.reset();
    if (last_) shutdown(socket_.number(), SHUT_WR);
    return Next::READABLE;
}

}  // namespace host
