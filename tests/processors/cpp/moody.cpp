// A library that does as it is told: by model_config in initialize, by the request in process.
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>

namespace {

std::mutex mutex;
std::condition_variable changed;
int inside = 0;
bool open = false;

bool begins(const std::string &text, const char *word) { return text.rfind(word, 0) == 0; }

int number(const std::string &text) { return std::atoi(text.c_str() + text.find(' ') + 1); }

int say(const std::string &text, void **output, int *size) {
    *output = std::malloc(text.size() + 1);
    std::memcpy(*output, text.data(), text.size());
    *size = static_cast<int>(text.size());
    return 200;
}

// Until so many calls are in here at the same time.
void meet(int calls) {
    std::unique_lock lock(mutex);
    ++inside;
    changed.notify_all();
    changed.wait(lock, [=] { return inside >= calls; });
}

void stay() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [] { return open; });
}

void let_go() {
    const std::lock_guard lock(mutex);
    open = true;
    changed.notify_all();
}

int overflow(int depth) {
    volatile char page[4096] = {static_cast<char>(depth)};
    return overflow(depth + 1) + page[0];
}

void crash(const std::string &how) {
    int *volatile nowhere = nullptr;
    if (begins(how, "segfault")) *nowhere = 1;
    if (begins(how, "abort")) std::abort();
    if (begins(how, "illegal")) std::raise(SIGILL);
    if (begins(how, "overflow")) overflow(0);
    if (begins(how, "exit")) std::exit(number(how));
    if (begins(how, "thread")) std::thread([] { throw std::runtime_error("nobody catches me"); }).join();
    if (begins(how, "noexcept")) []() noexcept { throw std::runtime_error("nobody may catch me"); }();
    if (begins(how, "throw text")) throw "a text";
    if (begins(how, "throw")) throw std::runtime_error("the model is missing a layer");
}

}  // namespace

extern "C" void *initialize(const char *model_entry, const char *model_config, int *state) {
    const std::string config = model_config;
    std::cout << "initialize(" << model_entry << ", " << config << ")" << std::endl;
    if (begins(config, "read")) std::ifstream(model_entry).get();  // of a FIFO: until somebody writes
    if (begins(config, "state")) *state = number(config);
    crash(config);
    return new std::string(config);
}

extern "C" int process(void *model_buf, const void *input, int input_size, void **output, int *output_size) {
    const char *text = static_cast<const char *>(input);
    const std::string asked(text, input_size);
    if (begins(asked, "status")) return say(asked, output, output_size), number(asked);
    if (begins(asked, "only")) return number(asked);
    if (begins(asked, "config")) return say(*static_cast<std::string *>(model_buf), output, output_size);
    if (begins(asked, "length")) return say(std::to_string(std::strlen(text)), output, output_size);
    if (begins(asked, "print")) std::cout << asked << std::endl;
    if (begins(asked, "meet")) meet(number(asked));
    if (begins(asked, "stay")) stay();
    if (begins(asked, "let go")) let_go();
    crash(asked);
    say(asked, output, output_size);
    if (begins(asked, "size")) *output_size = number(asked);
    if (begins(asked, "constant")) *output = const_cast<char *>("constant");
    return asked.empty() ? 400 : 0;
}
