#include "events.hpp"

#include <cerrno>
#include <cstring>
#include <string>
#include <sys/eventfd.h>
#include <unistd.h>

namespace kizuna_python {

Events::Events()
    : file_(::eventfd(0, EFD_CLOEXEC)) {
    if (file_ < 0) {
        throw kizuna::Error(
            kizuna::ErrorCode::io, std::string("jobs need one more open file: ") + std::strerror(errno));
    }
}

Events::~Events() {
    ::close(file_);
}

void Events::progressed(Tag tag, const kizuna::Progress& progress) {
    const std::lock_guard lock(mutex_);
    progress_.insert_or_assign(tag, progress);
    wake();
}

void Events::ended(Tag tag, kizuna::JobResult result) {
    const std::lock_guard lock(mutex_);
    ended_.emplace_back(tag, std::move(result));
    wake();
}

void Events::close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    wake();
}

Events::News Events::take() {
    const std::lock_guard lock(mutex_);
    News news;
    news.progress.assign(progress_.begin(), progress_.end());
    progress_.clear();
    news.ended.swap(ended_);
    news.closed = closed_;
    return news;
}

void Events::wake() const noexcept {
    const std::uint64_t one = 1;
    while (::write(file_, &one, sizeof one) < 0 && errno == EINTR) {
    }
}

} // namespace kizuna_python
