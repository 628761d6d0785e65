#include "request.hpp"

#include <algorithm>
#include <charconv>
#include <climits>
#include <cstdint>
#include <utility>

#include <strings.h>

namespace host {

static constexpr std::size_t LONGEST_HEAD = 64 * 1024;
static constexpr std::string_view LINE_END = "\r\n";
static constexpr std::string_view HEAD_END = "\r\n\r\n";

bool RequestReader::complete() {
    while (advance()) {
    }
    pending_.erase(0, at_);
    at_ = 0;
    return part_ == Part::COMPLETE;
}

Request RequestReader::take() {
    part_ = Part::HEAD;
    return std::exchange(request_, {});
}

// False where it needs more bytes, or no more.
bool RequestReader::advance() {
    switch (part_) {
        case Part::HEAD: return read_head();
        case Part::BODY: return read_body(Part::COMPLETE);
        case Part::CHUNK_SIZE: return read_chunk_size();
        case Part::CHUNK: return read_body(Part::CHUNK_END);
        case Part::CHUNK_END: return read_chunk_end();
        case Part::TRAILER: return read_trailer();
        case Part::COMPLETE: return false;
    }
    return false;
}

bool RequestReader::read_head() {
    const std::size_t end = rest().find(HEAD_END);
    if (std::min(end, rest().size()) > LONGEST_HEAD) throw Refused(431, "The head of the request is too long.");
    if (end == std::string_view::npos) return false;
    understand(rest().substr(0, end + LINE_END.size()));
    at_ += end + HEAD_END.size();
    part_ = chunked_ ? Part::CHUNK_SIZE : Part::BODY;
    return true;
}

bool RequestReader::read_body(Part then) {
    const std::string_view here = rest().substr(0, missing_);
    request_.body.append(here);
    at_ += here.size();
    missing_ -= here.size();
    if (missing_ > 0) return false;
    part_ = then;
    return true;
}

bool RequestReader::read_chunk_size() {
    std::string_view text;
    if (!line(text)) return false;
    std::size_t size = 0;
    const char* end = text.data() + text.size();
    const auto [stopped, problem] = std::from_chars(text.data(), end, size, 16);
    if (problem == std::errc::result_out_of_range) size = SIZE_MAX;
    if (stopped == text.data() || (stopped != end && *stopped != ';' && *stopped != ' ')) {
        throw Refused(400, "The size of a chunk is no number.");
    }
    expect(size);
    part_ = size > 0 ? Part::CHUNK : Part::TRAILER;
    return true;
}

bool RequestReader::read_chunk_end() {
    std::string_view text;
    if (!line(text)) return false;
    if (!text.empty()) throw Refused(400, "A chunk is longer than its size.");
    part_ = Part::CHUNK_SIZE;
    return true;
}

bool RequestReader::read_trailer() {
    std::string_view text;
    if (!line(text)) return false;
    if (text.empty()) part_ = Part::COMPLETE;
    return true;
}

bool RequestReader::line(std::string_view& found) {
    const std::size_t end = rest().find(LINE_END);
    if (std::min(end, rest().size()) > LONGEST_HEAD) throw Refused(400, "A line between chunks is too long.");
    if (end == std::string_view::npos) return false;
    found = rest().substr(0, end);
    at_ += end + LINE_END.size();
    return true;
}

static std::string_view before(std::string_view& text, std::string_view mark) {
    const std::size_t end = text.find(mark);
    if (end == std::string_view::npos) throw Refused(400, "This is no HTTP request.");
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(end + mark.size());
    return part;
}

void RequestReader::understand(std::string_view head) {
    sized_ = chunked_ = false;
    missing_ = 0;
    std::string_view first = before(head, LINE_END);
    request_.method = before(first, " ");
    request_.target = before(first, " ");
    if (first != "HTTP/1.1" && first != "HTTP/1.0") throw Refused(400, "This is no HTTP/1.1 request.");
    request_.last = first == "HTTP/1.0";
    while (!head.empty()) note(before(head, LINE_END));
    if (sized_ && chunked_) throw Refused(400, "Content-Length and Transfer-Encoding exclude each other.");
    request_.body.reserve(missing_);
}

static bool same(std::string_view one, std::string_view other) {
    return one.size() == other.size() && strncasecmp(one.data(), other.data(), one.size()) == 0;
}

static std::string_view trimmed(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

static std::size_t length(std::string_view text) {
    std::size_t size = 0;
    const char* end = text.data() + text.size();
    const auto [stopped, problem] = std::from_chars(text.data(), end, size);
    if (stopped != end || stopped == text.data()) throw Refused(400, "Content-Length is no number.");
    return problem == std::errc{} ? size : SIZE_MAX;
}

void RequestReader::note(std::string_view field) {
    const std::string_view name = before(field, ":");
    const std::string_view value = trimmed(field);
    if (name.empty() || name.find_first_of(" \t") != name.npos) throw Refused(400, "A header has no name.");
    if (same(name, "Content-Length")) {
        if (sized_ && missing_ != length(value)) throw Refused(400, "There are two lengths.");
        missing_ = 0;
        expect(length(value));
        sized_ = true;
    } else if (same(name, "Transfer-Encoding")) {
        if (chunked_ || !same(value, "chunked")) throw Refused(400, "Only the transfer encoding chunked is known.");
        chunked_ = true;
    } else if (same(name, "Connection") && same(value, "close")) {
        request_.last = true;
    }
}

// Parity: `process` takes the size as an int (wire-contract 5.2).
void RequestReader::expect(std::size_t bytes) {
    if (bytes > INT_MAX || request_.body.size() + bytes > INT_MAX) {
        throw Refused(413, "The body is larger than 2147483647 bytes, the largest input_size of process.");
    }
    missing_ = bytes;
}

}  // namespace host
