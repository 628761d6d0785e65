#include "elf.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>

#include <elf.h>

#include "failure.hpp"

namespace host {

// The 32-bit header begins alike, as far as it is read here.
static std::optional<Elf64_Ehdr> header(const std::string& path) {
    Elf64_Ehdr found{};
    std::ifstream file(path, std::ios::binary);
    file.read(reinterpret_cast<char*>(&found), sizeof found);
    if (file.gcount() < EI_NIDENT + 4 || std::memcmp(found.e_ident, ELFMAG, SELFMAG) != 0) return std::nullopt;
    return found;
}

static std::string machine(const Elf64_Ehdr& elf) {
    switch (elf.e_machine) {
        case EM_X86_64: return "x86-64";
        case EM_AARCH64: return "ARM64";
        case EM_386: return "32-bit x86";
        case EM_ARM: return "32-bit ARM";
        default: return "machine number " + std::to_string(elf.e_machine);
    }
}

static bool same_machine(const Elf64_Ehdr& one, const Elf64_Ehdr& other) {
    return one.e_machine == other.e_machine && one.e_ident[EI_CLASS] == other.e_ident[EI_CLASS] &&
           one.e_ident[EI_DATA] == other.e_ident[EI_DATA];
}

void check_library(const std::string& entry) {
    const std::string name = '"' + entry + '"';
    if (!std::ifstream(entry)) {
        throw Failure("processor_entry " + name + " cannot be read: " + std::strerror(errno) +
                      "; write the path that the library has within the package");
    }
    const auto library = header(entry);
    if (!library) {
        throw Failure(name + " is no shared library, as processor_entry must be; build one, such as with " +
                      "g++ -shared -fPIC -o libmine.so mine.cpp, and name that");
    }
    const auto own = header("/proc/self/exe");
    if (own && !same_machine(*library, *own)) {
        throw Failure(name + " is made for " + machine(*library) + " but this machine is " + machine(*own) +
                      "; compile it here, or for this machine");
    }
    if (library->e_type != ET_DYN) {
        throw Failure(name + " is an object file or a program; link it as a shared library: g++ -shared -fPIC");
    }
}

}  // namespace host
