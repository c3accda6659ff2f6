#include "codec/lazy_library.hpp"

#include "kizuna/error.hpp"

#include <dlfcn.h>

#include <fmt/format.h>

namespace kizuna::codec {

// Never closed: the functions stay in tables that live as long as the process.
LazyLibrary::LazyLibrary(const char* file, std::string_view format, std::string_view package)
    : file_(file)
    , handle_(::dlopen(file, RTLD_NOW | RTLD_LOCAL)) {
    if (handle_ == nullptr) {
        const char* const cause = ::dlerror();
        throw Error(
            ErrorCode::unsupported, fmt::format(
                                        "{} needs {}, which cannot be opened: install {} ({})", format, file,
                                        package, cause == nullptr ? "no reason given" : cause));
    }
}

void* LazyLibrary::symbol(const char* name) const {
    void* const address = ::dlsym(handle_, name);
    if (address == nullptr) {
        throw Error(
            ErrorCode::unsupported,
            fmt::format("{} is not the version it claims to be: it has no {}", file_, name));
    }
    return address;
}

} // namespace kizuna::codec
