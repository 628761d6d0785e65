#include "answer.hpp"

#include <algorithm>
#include <array>

#include "last_words.hpp"

namespace host {

struct Status {
    int number;
    const char* reason;
};

// Parity: the registered ones and EAS's own 450 (eas-semantics section 3); 1xx cannot be the end of an answer.
static constexpr std::array KNOWN{
    Status{200, "OK"},
    Status{201, "Created"},
    Status{202, "Accepted"},
    Status{203, "Non-Authoritative Information"},
    Status{204, "No Content"},
    Status{205, "Reset Content"},
    Status{206, "Partial Content"},
    Status{207, "Multi-Status"},
    Status{208, "Already Reported"},
    Status{226, "IM Used"},
    Status{300, "Multiple Choices"},
    Status{301, "Moved Permanently"},
    Status{302, "Found"},
    Status{303, "See Other"},
    Status{304, "Not Modified"},
    Status{305, "Use Proxy"},
    Status{307, "Temporary Redirect"},
    Status{308, "Permanent Redirect"},
    Status{400, "Bad Request"},
    Status{401, "Unauthorized"},
    Status{402, "Payment Required"},
    Status{403, "Forbidden"},
    Status{404, "Not Found"},
    Status{405, "Method Not Allowed"},
    Status{406, "Not Acceptable"},
    Status{407, "Proxy Authentication Required"},
    Status{408, "Request Timeout"},
    Status{409, "Conflict"},
    Status{410, "Gone"},
    Status{411, "Length Required"},
    Status{412, "Precondition Failed"},
    Status{413, "Content Too Large"},
    Status{414, "URI Too Long"},
    Status{415, "Unsupported Media Type"},
    Status{416, "Range Not Satisfiable"},
    Status{417, "Expectation Failed"},
    Status{418, "I'm a Teapot"},
    Status{421, "Misdirected Request"},
    Status{422, "Unprocessable Content"},
    Status{423, "Locked"},
    Status{424, "Failed Dependency"},
    Status{425, "Too Early"},
    Status{426, "Upgrade Required"},
    Status{428, "Precondition Required"},
    Status{429, "Too Many Requests"},
    Status{431, "Request Header Fields Too Large"},
    Status{450, "Queue Full"},
    Status{451, "Unavailable For Legal Reasons"},
    Status{500, "Internal Server Error"},
    Status{501, "Not Implemented"},
    Status{502, "Bad Gateway"},
    Status{503, "Service Unavailable"},
    Status{504, "Gateway Timeout"},
    Status{505, "HTTP Version Not Supported"},
    Status{506, "Variant Also Negotiates"},
    Status{507, "Insufficient Storage"},
    Status{508, "Loop Detected"},
    Status{510, "Not Extended"},
    Status{511, "Network Authentication Required"},
};

static const Status* find(int number) {
    const auto is_it = [=](const Status& one) { return one.number == number; };
    const auto found = std::find_if(KNOWN.begin(), KNOWN.end(), is_it);
    return found == KNOWN.end() ? nullptr : &*found;
}

int http_status(int returned) {
    if (returned == 0) return 200;
    return find(returned) != nullptr ? returned : 400;
}

void Freed::operator()(void* memory) const {
    const During freeing(OUTPUT);
    std::free(memory);
}

static bool without_body(int status) { return status == 204 || status == 304; }

std::string_view Answer::body() const {
    if (without_body(status_)) return {};
    if (const auto* text = std::get_if<std::string>(&body_)) return *text;
    const auto& given = std::get<Given>(body_);
    return {static_cast<const char*>(given.memory.get()), given.size};
}

std::string Answer::head(bool last) const {
    std::string head = "HTTP/1.1 " + std::to_string(status_) + ' ' + find(status_)->reason + "\r\n";
    head += "Content-Type: text/html; charset=utf-8\r\n";
    if (!without_body(status_)) head += "Content-Length: " + std::to_string(body().size()) + "\r\n";
    return head + (last ? "Connection: close\r\n\r\n" : "\r\n");
}

}  // namespace host
