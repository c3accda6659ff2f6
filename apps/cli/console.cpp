#include "console.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace kizuna::cli {
namespace {

std::FILE* open_console() {
    const int copy = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
    std::FILE* file = copy >= 0 ? fdopen(copy, "w") : nullptr;
    if (file == nullptr) {
        return stderr;
    }
    // As standard error itself: what is said is seen.
    std::setvbuf(file, nullptr, _IONBF, 0);
    return file;
}

} // namespace

std::FILE* console() {
    static std::FILE* const file = open_console();
    return file;
}

MuteDrivers::MuteDrivers() {
    const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nowhere >= 0 && console() != stderr) {
        dup2(nowhere, STDERR_FILENO);
    }
    if (nowhere >= 0) {
        close(nowhere);
    }
}

MuteDrivers::~MuteDrivers() {
    if (console() != stderr) {
        dup2(fileno(console()), STDERR_FILENO);
    }
}

} // namespace kizuna::cli
