// Requests read from bytes as they come: in parts, several at once, with a length or in chunks.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

namespace host {

struct Request {
    std::string method;
    std::string target;
    std::string body;
    bool last = false;  // the client wants no other on this connection
};

// What no answer but an error can follow, after which the connection is of no use.
struct Refused : std::runtime_error {
    Refused(int with, const char* text) : std::runtime_error(text), status(with) {}
    int status;
};

class RequestReader {
  public:
    void feed(std::string_view bytes) { pending_.append(bytes); }

    // Whether a request is, as far as it has come. Throws Refused.
    bool complete();

    // The one that is complete; the next begins behind it.
    Request take();

  private:
    enum class Part { HEAD, BODY, CHUNK_SIZE, CHUNK, CHUNK_END, TRAILER, COMPLETE };

    bool advance();
    bool read_head();
    bool read_body(Part then);
    bool read_chunk_size();
    bool read_chunk_end();
    bool read_trailer();

    void understand(std::string_view head);
    void note(std::string_view field);
    void expect(std::size_t bytes);
    bool line(std::string_view& found);
    std::string_view rest() const { return std::string_view(pending_).substr(at_); }

    std::string pending_;
    std::size_t at_ = 0;  // what lies before has been read
    Part part_ = Part::HEAD;
    Request request_;
    std::size_t missing_ = 0;  // bytes of the body, or of its chunk
    bool sized_ = false;
    bool chunked_ = false;
};

}  // namespace host
