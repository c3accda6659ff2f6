#include "progress.hpp"

#include "console.hpp"
#include "text.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <sys/ioctl.h>
#include <unistd.h>

#include <fmt/format.h>

namespace kizuna::cli {
namespace {

constexpr auto redraw_interval = std::chrono::milliseconds(100);
/// Before that, guesses of the time left are worth nothing.
constexpr double seconds_before_guessing = 2.0;
constexpr std::size_t bar_cells = 24;
constexpr std::size_t longest_name = 32;
constexpr std::size_t usual_columns = 80;

std::size_t terminal_columns() {
    winsize size{};
    const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return known ? size.ws_col : usual_columns;
}

bool is_set(const char* variable) {
    const char* value = std::getenv(variable);
    return value != nullptr && *value != '\0';
}

} // namespace

void ProgressBar::begin(std::size_t pictures, double already) {
    pictures_ = pictures;
    already_ = already;
    finished_ = 0;
    begun_ = Clock::now();
}

void ProgressBar::update(const std::string& picture, const Progress& progress) {
    active_[picture] = progress;
    draw_if_due();
}

void ProgressBar::show(const std::string& what, const Progress& progress) {
    active_.clear();
    update(what, progress);
}

void ProgressBar::finish(const std::string& picture) {
    active_.erase(picture);
    ++finished_;
    draw_if_due();
}

void ProgressBar::hide() {
    if (drawn_) {
        std::fputs("\r\x1b[K", console());
        drawn_ = false;
        last_drawn_ = {};
    }
}

void ProgressBar::draw_if_due() {
    const auto now = Clock::now();
    if (!visible_ || now - last_drawn_ < redraw_interval) {
        return;
    }
    last_drawn_ = now;
    drawn_ = true;
    // One write for each redraw, so that nothing flickers.
    const std::string text = "\r" + line(terminal_columns() - 1) + "\x1b[K";
    std::fwrite(text.data(), 1, text.size(), console());
}

double ProgressBar::fraction() const {
    auto done = static_cast<double>(finished_);
    for (const auto& [picture, progress] : active_) {
        done += progress.fraction();
    }
    return std::clamp(done / static_cast<double>(std::max<std::size_t>(pictures_, 1)), 0.0, 1.0);
}

std::string ProgressBar::line(std::size_t columns) const {
    const double done = fraction();
    const auto full = static_cast<std::size_t>(done * bar_cells);
    std::string after = fmt::format(" {:3.0f} %", done * 100);
    if (pictures_ > 1) {
        after += fmt::format("  {}/{}", finished_, pictures_);
    }
    const double elapsed = std::chrono::duration<double>(Clock::now() - begun_).count();
    if (done > already_ && elapsed > seconds_before_guessing) {
        after += fmt::format("  {} left", duration_text(elapsed * (1 - done) / (done - already_)));
    }
    if (!active_.empty()) {
        const auto& [picture, progress] = *active_.begin();
        after += fmt::format("  {}", shortened(printable(picture), longest_name));
        if (pictures_ > 1) {
            after += fmt::format(" {:.0f} %", progress.fraction() * 100);
        }
        if (progress.frames_total > 1) {
            after += fmt::format("  frame {}/{}", progress.frames_done, progress.frames_total);
        }
    }
    if (columns < bar_cells + 2) {
        return shortened(after, columns);
    }
    const std::string bar = std::string(full, '#') + std::string(bar_cells - full, '.');
    const std::string_view colour = colour_ ? "\x1b[36m" : "";
    const std::string_view plain = colour_ ? "\x1b[0m" : "";
    return fmt::format("[{}{}{}]{}", colour, bar, plain, shortened(after, columns - bar_cells - 2));
}

bool bar_is_wanted(ProgressMode mode, bool quiet) {
    return !quiet && mode != ProgressMode::never &&
           (mode == ProgressMode::always || terminal_shows_progress());
}

bool terminal_shows_progress() {
    const char* terminal = std::getenv("TERM");
    const bool dumb = terminal == nullptr || std::string_view(terminal) == "dumb";
    return isatty(STDERR_FILENO) == 1 && !dumb && !is_set("CI");
}

bool terminal_shows_colour() {
    return !is_set("NO_COLOR") && isatty(STDERR_FILENO) == 1;
}

} // namespace kizuna::cli
