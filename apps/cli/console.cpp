#include "console.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace kizuna::cli {
namespace {

constexpr int first_ordinary_descriptor = 3;

std::FILE* open_console() {
    const int copy = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, first_ordinary_descriptor);
    std::FILE* file = copy >= 0 ? fdopen(copy, "w") : nullptr;
    if (file == nullptr) {
        return stderr;
    }
    // As standard error itself: what is said is seen.
    std::setvbuf(file, nullptr, _IONBF, 0);
    return file;
}

} // namespace

void open_standard_descriptors() {
    for (int fd = STDIN_FILENO; fd < first_ordinary_descriptor; ++fd) {
        if (fcntl(fd, F_GETFD) < 0) {
            // The lowest free descriptor is this one. Opened for the wrong way, so that using it fails as
            // before.
            [[maybe_unused]] const int opened =
                open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY); // NOLINT(android-cloexec-open)
        }
    }
}

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
