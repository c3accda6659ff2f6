#pragma once

#include "options.hpp"

#include "kizuna/progress.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace kizuna::cli {

/// The line at the bottom of the terminal. Not thread-safe: its reporter holds a lock.
class ProgressBar {
  public:
    /// One that is not `visible` draws nothing.
    ProgressBar(bool visible, bool colour)
        : visible_(visible)
        , colour_(colour) {}

    /// `already` is how much of it had been done before, 0 to 1.
    void begin(std::size_t pictures, double already = 0);
    void update(const std::string& picture, const Progress& progress);
    /// Of one thing after another that has no pictures: what it is now, and how far.
    void show(const std::string& what, const Progress& progress);
    /// That picture has ended, well or badly.
    void finish(const std::string& picture);

    /// Takes the bar away, so that a line can be printed. It comes back with the next update.
    void hide();

    /// What takes away a bar that may be there.
    [[nodiscard]] std::string_view clearing() const { return visible_ ? "\r\x1b[K" : ""; }

  private:
    using Clock = std::chrono::steady_clock;

    void draw_if_due();
    [[nodiscard]] std::string line(std::size_t columns) const;
    [[nodiscard]] double fraction() const;

    bool visible_;
    bool colour_;
    bool drawn_ = false;
    std::size_t pictures_ = 0;
    std::size_t finished_ = 0;
    double already_ = 0;
    std::map<std::string, Progress> active_; ///< by input
    Clock::time_point begun_;
    Clock::time_point last_drawn_;
};

/// Whether the user wants a bar.
[[nodiscard]] bool bar_is_wanted(ProgressMode mode, bool quiet);
/// Whether a bar is welcome on standard error: a terminal that can redraw a line, and no CI log.
[[nodiscard]] bool terminal_shows_progress();
/// Whether colours are welcome (no-color.org).
[[nodiscard]] bool terminal_shows_colour();

} // namespace kizuna::cli
