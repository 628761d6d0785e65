#include "library.hpp"

#include <exception>
#include <mutex>

#include <dlfcn.h>
#include <malloc.h>

#include "elf.hpp"
#include "failure.hpp"
#include "last_words.hpp"
#include "log.hpp"

namespace host {

static bool has(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

static std::string remedy(const std::string& problem) {
    if (has(problem, "position-independent executable")) return "it is a program; link it with -shared";
    if (has(problem, "version `")) return "compile it on a system no newer than the one it runs on";
    if (has(problem, "cannot open shared object file")) return "put that library beside it into the package";
    if (has(problem, "undefined symbol")) return "link it with the library that defines the symbol";
    return "compile it anew on this system";
}

// A name without a slash would be looked for among the system's libraries.
static void* load(const std::string& entry) {
    const During loading(LOADING);
    check_library(entry);
    const std::string path = entry.front() == '/' ? entry : "./" + entry;
    if (void* handle = dlopen(path.c_str(), RTLD_NOW)) return handle;
    const std::string problem = dlerror();
    throw Failure('"' + entry + "\" cannot be loaded: " + problem + "; " + remedy(problem));
}

Library::Library(const std::string& entry)
    : name_('"' + entry + '"'),
      handle_(load(entry)),
      initialize_(reinterpret_cast<Initialize*>(symbol("initialize"))),
      process_(reinterpret_cast<Process*>(symbol("process"))) {}

void* Library::symbol(const char* name) const {
    if (void* found = dlsym(handle_, name)) return found;
    throw Failure(name_ + " has no function \"" + name + "\"; define it, in C++ as extern \"C\"");
}

static const char* const FOREIGN = "an exception that is no std::exception";

void Library::initialize(const std::string& model, const std::string& model_config) {
    const During initializing(INITIALIZE);
    int state = 0;
    try {
        model_ = initialize_(model.c_str(), model_config.c_str(), &state);
    } catch (const std::exception& exception) {
        throw Failure("initialize of " + name_ + " threw an exception: " + exception.what());
    } catch (...) {
        throw Failure("initialize of " + name_ + " threw " + FOREIGN);
    }
    if (state != 0) {
        throw Failure("initialize of " + name_ + " failed with state " + std::to_string(state) + " for the model " +
                      (model.empty() ? "(none)" : model) + "; the library's own lines above may say why");
    }
}

Answer Library::process(const std::string& input) const {
    const During processing(PROCESS);
    std::string thrown;
    try {
        return call(input);
    } catch (const std::exception& exception) {
        thrown = exception.what();
    } catch (...) {
        thrown = FOREIGN;
    }
    error("process of " + name_ + " threw " + thrown);
    return {400, thrown};
}

// The first time only: it may be so for every request.
static void warn_of(int returned) {
    static std::once_flag said;
    std::call_once(said, [=] {
        warn("process returned " + std::to_string(returned) + ", which is no status of an HTTP answer; answered 400");
    });
}

// A string's data is there and ends with a zero byte also where it is empty, for those who do not look at the size.
Answer Library::call(const std::string& input) const {
    void* written = nullptr;
    int size = 0;
    const int returned = process_(model_, input.data(), static_cast<int>(input.size()), &written, &size);
    const During taking(OUTPUT);
    Output output(written);
    const int status = http_status(returned);
    if (status != returned && returned != 0) warn_of(returned);
    if (!output) return {status, Given{}};
    const std::size_t there = malloc_usable_size(output.get());
    if (size < 0 || static_cast<std::size_t>(size) > there) {
        return {400, "process of " + name_ + " says that its output has " + std::to_string(size) +
                         " bytes, but there are " + std::to_string(there)};
    }
    return {status, Given{std::move(output), static_cast<std::size_t>(size)}};
}

}  // namespace host
