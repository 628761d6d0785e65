#include "last_words.hpp"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <initializer_list>

#include <unistd.h>

namespace host {

const Phase HOST{"in the host itself", "the host is at fault, not the library"};
const Phase LOADING{"while it was loaded", "look at what its static objects do when they are made"};
const Phase INITIALIZE{"in initialize", "look at what it makes of model_entry and model_config"};
const Phase PROCESS{"in process", "several threads call it at the same time, and input_size may be 0"};
const Phase OUTPUT{"over its output", "*output_data must come from malloc, anew for each call"};
static const Phase ELSEWHERE{"in a thread of its own", "look at the threads that it starts"};

static thread_local const Phase* current = &ELSEWHERE;
static std::string subject;

During::During(const Phase& phase) : before_(current) { current = &phase; }

During::~During() { current = before_; }

static constexpr std::size_t SPARE = 64 * 1024;

SpareStack::SpareStack() : memory_(new char[SPARE]) {
    stack_t stack{};
    stack.ss_sp = memory_.get();
    stack.ss_size = SPARE;
    sigaltstack(&stack, nullptr);
}

SpareStack::~SpareStack() {
    stack_t none{};
    none.ss_flags = SS_DISABLE;
    sigaltstack(&none, nullptr);
}

// One line by one write and without memory of the heap, which may be what is broken.
static void say(std::initializer_list<const char*> parts) {
    char line[2048];
    std::size_t size = 0;
    for (const char* part : parts) {
        const std::size_t more = std::min(std::strlen(part), sizeof line - size - 1);
        std::memcpy(line + size, part, more);
        size += more;
    }
    line[size++] = '\n';
    [[maybe_unused]] const ssize_t written = write(STDOUT_FILENO, line, size);
}

static const char* meaning(int signal) {
    switch (signal) {
        case SIGSEGV: return "SIGSEGV, it used memory that it does not have";
        case SIGBUS: return "SIGBUS, it used memory that is not behind its address";
        case SIGFPE: return "SIGFPE, it divided by zero";
        case SIGILL: return "SIGILL, it came to an instruction that this CPU does not have";
        default: return "SIGABRT, it or the C library gave up";
    }
}

// The signal is given its way at once, so that the exit status names it.
static void crashed(int signal) {
    static std::atomic_flag told = ATOMIC_FLAG_INIT;
    while (told.test_and_set()) pause();
    say({"[ERROR] ", subject.c_str(), " crashed ", current->where, ": ", meaning(signal), "; ", current->advice});
    std::signal(signal, SIG_DFL);
    std::raise(signal);
}

static std::string uncaught() {
    try {
        std::rethrow_exception(std::current_exception());
    } catch (const std::exception& exception) {
        return exception.what();
    } catch (...) {
        return "one that is no std::exception";
    }
}

[[noreturn]] static void terminated() {
    const std::string why = std::current_exception() ? "an uncaught exception: " + uncaught() : "std::terminate";
    say({"[ERROR] ", subject.c_str(), " crashed ", current->where, ": SIGABRT after ", why.c_str(), "; ",
         current->advice});
    std::signal(SIGABRT, SIG_DFL);
    std::abort();
}

// The host itself never calls exit.
static void exited(int status, void*) {
    const std::string code = std::to_string(status);
    say({"[ERROR] ", subject.c_str(), " called exit(", code.c_str(), ") ", current->where,
         "; it must return a status instead, for this ends the instance"});
}

void tell_last_words(const std::string& library) {
    subject = '"' + library + '"';
    struct sigaction action {};
    action.sa_handler = crashed;
    action.sa_flags = SA_ONSTACK;
    for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) sigaction(signal, &action, nullptr);
    std::set_terminate(terminated);
    on_exit(exited, nullptr);
}

}  // namespace host
