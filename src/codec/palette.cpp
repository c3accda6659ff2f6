#include "codec/palette.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <utility>

namespace kizuna::codec {

namespace {

using Rgb = std::array<int, 3>;

Rgb split(std::uint32_t colour) {
    return {
        static_cast<int>(colour >> 16U & 255U), static_cast<int>(colour >> 8U & 255U),
        static_cast<int>(colour & 255U)};
}

std::uint32_t join(const Rgb& colour) {
    return static_cast<std::uint32_t>(colour[0]) << 16U | static_cast<std::uint32_t>(colour[1]) << 8U |
           static_cast<std::uint32_t>(colour[2]);
}

/// Finds the colour of a palette that is nearest, and remembers what it has found.
class NearestColour {
  public:
    explicit NearestColour(std::span<const std::uint32_t> palette) {
        for (const std::uint32_t colour : palette) {
            const Rgb rgb = split(colour);
            for (std::size_t c = 0; c < 3; ++c) {
                channels_.at(c).push_back(rgb.at(c));
            }
        }
    }

    [[nodiscard]] std::uint8_t operator()(std::uint32_t colour) {
        constexpr std::uint32_t knuth = 2654435761U; // 2³² by the golden ratio
        Found& found = found_[colour * knuth >> (32U - found_bits)];
        if (found.colour != colour) {
            found = {colour, search(split(colour))};
        }
        return found.index;
    }

  private:
    static constexpr unsigned found_bits = 15;

    struct Found {
        std::uint32_t colour = no_pixel;
        std::uint8_t index = 0;
    };

    // The index travels in the lowest bits of the distance, so that the loop has no branch.
    [[nodiscard]] std::uint8_t search(const Rgb& colour) const {
        const int* const red = channels_[0].data();
        const int* const green = channels_[1].data();
        const int* const blue = channels_[2].data();
        int best = std::numeric_limits<int>::max();
        for (int i = 0; i < static_cast<int>(channels_[0].size()); ++i) {
            const int r = red[i] - colour[0];
            const int g = green[i] - colour[1];
            const int b = blue[i] - colour[2];
            best = std::min(best, (r * r + g * g + b * b) * 256 + i);
        }
        return static_cast<std::uint8_t>(best & 255);
    }

    std::array<std::vector<int>, 3> channels_;
    std::vector<Found> found_ = std::vector<Found>(std::size_t{1} << found_bits);
};

/// The distinct colours, where there are not more than `most`.
std::optional<std::vector<std::uint32_t>>
distinct_colours(std::span<const std::uint32_t> pixels, std::size_t most) {
    std::vector<std::uint32_t> colours; // sorted
    std::uint32_t last = no_pixel;
    for (const std::uint32_t pixel : pixels) {
        if (pixel == last || pixel == no_pixel) {
            continue;
        }
        last = pixel;
        const auto place = std::lower_bound(colours.begin(), colours.end(), pixel);
        if (place == colours.end() || *place != pixel) {
            if (colours.size() == most) {
                return std::nullopt;
            }
            colours.insert(place, pixel);
        }
    }
    return colours;
}

/// Number, sums and squares of some pixels.
struct Moments {
    std::int64_t count = 0;
    std::array<std::int64_t, 3> sum{};
    std::int64_t squares = 0;

    void add(const Moments& other, std::int64_t sign = 1) {
        count += sign * other.count;
        for (std::size_t c = 0; c < 3; ++c) {
            sum.at(c) += sign * other.sum.at(c);
        }
        squares += sign * other.squares;
    }

    /// |sum|² / count: the more, the less is lost by giving all the mean colour.
    [[nodiscard]] double kept() const {
        double length = 0;
        for (const std::int64_t s : sum) {
            length += static_cast<double>(s) * static_cast<double>(s);
        }
        return count == 0 ? 0 : length / static_cast<double>(count);
    }

    [[nodiscard]] double lost() const { return static_cast<double>(squares) - kept(); }

    [[nodiscard]] Rgb mean() const {
        const std::int64_t n = std::max<std::int64_t>(count, 1);
        return {
            static_cast<int>((sum[0] + n / 2) / n), static_cast<int>((sum[1] + n / 2) / n),
            static_cast<int>((sum[2] + n / 2) / n)};
    }
};

// A histogram of 32 steps a channel, with an empty layer before the first for sums from the beginning.
constexpr int steps = 32;
constexpr int side = steps + 1;

std::size_t cell(const Rgb& at) {
    const int index = (at[0] * side + at[1]) * side + at[2];
    return static_cast<std::size_t>(index);
}

std::size_t cell_of(std::uint32_t colour) {
    const Rgb rgb = split(colour);
    return cell({rgb[0] / 8 + 1, rgb[1] / 8 + 1, rgb[2] / 8 + 1});
}

constexpr std::size_t cells = std::size_t{side} * side * side;

/// A cell's pixels, and the colour that more than half of them have, if one has (Boyer and Moore's vote).
struct Bin {
    Moments moments;
    std::uint32_t favourite = no_pixel;
    std::int64_t votes = 0;
};

std::vector<Bin> make_histogram(std::span<const std::uint32_t> pixels) {
    std::vector<Bin> bins(cells);
    for (const std::uint32_t pixel : pixels) {
        if (pixel == no_pixel) {
            continue;
        }
        Bin& bin = bins[cell_of(pixel)];
        const Rgb rgb = split(pixel);
        ++bin.moments.count;
        for (std::size_t c = 0; c < 3; ++c) {
            bin.moments.sum.at(c) += rgb.at(c);
            bin.moments.squares += std::int64_t{rgb.at(c)} * rgb.at(c);
        }
        if (bin.votes == 0) {
            bin.favourite = pixel;
        }
        bin.votes += bin.favourite == pixel ? 1 : -1;
    }
    return bins;
}

/// Each cell with all below it along every axis: what any box holds then follows from its eight corners.
std::vector<Moments> sum_up(const std::vector<Bin>& bins) {
    std::vector<Moments> sums(cells);
    std::transform(bins.begin(), bins.end(), sums.begin(), [](const Bin& bin) { return bin.moments; });
    constexpr std::array<std::size_t, 3> strides{std::size_t{side} * side, side, 1};
    for (std::size_t axis = 0; axis < 3; ++axis) {
        for (std::size_t at = strides.at(axis); at < cells; ++at) {
            const bool is_first = at / strides.at(axis) % side == 0;
            if (!is_first) {
                sums[at].add(sums[at - strides.at(axis)]);
            }
        }
    }
    return sums;
}

/// Cells above `low` and up to `high`.
struct Box {
    Rgb low{0, 0, 0};
    Rgb high{steps, steps, steps};
    Moments moments;
};

Moments moments_of(const std::vector<Moments>& sums, const Box& box) {
    Moments result;
    for (unsigned corner = 0; corner < 8; ++corner) {
        Rgb at{};
        int lows = 0;
        for (unsigned c = 0; c < 3; ++c) {
            const bool low = (corner >> c & 1U) != 0;
            at.at(c) = low ? box.low.at(c) : box.high.at(c);
            lows += low ? 1 : 0;
        }
        result.add(sums[cell(at)], lows % 2 == 0 ? 1 : -1);
    }
    return result;
}

/// The box in two, where that keeps the most; nothing where it cannot be cut.
std::optional<std::pair<Box, Box>> cut(const std::vector<Moments>& sums, const Box& box) {
    std::optional<std::pair<Box, Box>> best;
    double most = 0;
    for (std::size_t axis = 0; axis < 3; ++axis) {
        for (int at = box.low.at(axis) + 1; at < box.high.at(axis); ++at) {
            Box below = box;
            Box above = box;
            below.high.at(axis) = at;
            above.low.at(axis) = at;
            below.moments = moments_of(sums, below);
            above.moments = box.moments;
            above.moments.add(below.moments, -1);
            const double kept = below.moments.kept() + above.moments.kept();
            if (below.moments.count > 0 && above.moments.count > 0 && kept > most) {
                most = kept;
                best = {below, above};
            }
        }
    }
    return best;
}

std::vector<std::uint32_t> cut_into(const std::vector<Moments>& sums, std::size_t most) {
    Box all;
    all.moments = sums.back();
    std::vector<Box> boxes{all};
    std::vector<std::uint32_t> whole; // those that cannot be cut
    while (!boxes.empty() && boxes.size() + whole.size() < most) {
        const auto worst = std::max_element(boxes.begin(), boxes.end(), [](const Box& a, const Box& b) {
            return a.moments.lost() < b.moments.lost();
        });
        if (auto parts = cut(sums, *worst)) {
            *worst = parts->first;
            boxes.push_back(parts->second);
        } else {
            whole.push_back(join(worst->moments.mean()));
            boxes.erase(worst);
        }
    }
    for (const Box& box : boxes) {
        whole.push_back(join(box.moments.mean()));
    }
    return whole;
}

/// One round of k-means over the bins: the mean of what is nearest to each colour, or the colour that most of
/// that has.
void improve(std::vector<std::uint32_t>& palette, const std::vector<Bin>& bins, bool to_favourites) {
    std::vector<Bin> nearest(palette.size());
    NearestColour find(palette);
    for (const Bin& bin : bins) {
        if (bin.moments.count == 0) {
            continue;
        }
        Bin& group = nearest[find(join(bin.moments.mean()))];
        group.moments.add(bin.moments);
        if (bin.votes > group.votes) {
            group.votes = bin.votes;
            group.favourite = bin.favourite;
        }
    }
    for (std::size_t i = 0; i < palette.size(); ++i) {
        const Bin& group = nearest[i];
        if (to_favourites && 2 * group.votes > group.moments.count) {
            palette[i] = group.favourite;
        } else if (group.moments.count > 0) {
            palette[i] = join(group.moments.mean());
        }
    }
}

/// What Floyd and Steinberg pass on, in sixteenths of a level, for one row and the next.
class Errors {
  public:
    explicit Errors(std::size_t width)
        : here_(width + 2)
        , below_(width + 2) {}

    [[nodiscard]] std::uint32_t corrected(std::uint32_t pixel, std::size_t x) const {
        Rgb rgb = split(pixel);
        for (std::size_t c = 0; c < 3; ++c) {
            rgb.at(c) = std::clamp(rgb.at(c) + (here_[x + 1].at(c) + 8) / 16, 0, 255);
        }
        return join(rgb);
    }

    /// `forward` is 1 where the row goes to the right, else −1.
    void pass_on(std::uint32_t wanted, std::uint32_t given, std::size_t x, int forward) {
        const Rgb a = split(wanted);
        const Rgb b = split(given);
        const std::size_t next = x + 1 + static_cast<std::size_t>(forward); // −1 wraps around to less
        const std::size_t last = x + 1 - static_cast<std::size_t>(forward);
        for (std::size_t c = 0; c < 3; ++c) {
            const int error = a.at(c) - b.at(c);
            here_[next].at(c) += error * 7;
            below_[last].at(c) += error * 3;
            below_[x + 1].at(c) += error * 5;
            below_[next].at(c) += error;
        }
    }

    void end_row() {
        here_.swap(below_);
        std::fill(below_.begin(), below_.end(), Rgb{});
    }

  private:
    std::vector<Rgb> here_; ///< with one more on each side
    std::vector<Rgb> below_;
};

} // namespace

std::vector<std::uint32_t> choose_palette(std::span<const std::uint32_t> pixels, std::size_t most) {
    if (auto few = distinct_colours(pixels, most)) {
        return *std::move(few);
    }
    const std::vector<Bin> bins = make_histogram(pixels);
    std::vector<std::uint32_t> palette = cut_into(sum_up(bins), most);
    constexpr int rounds = 3; // after that hardly anything moves
    for (int round = 1; round <= rounds; ++round) {
        improve(palette, bins, round == rounds);
    }
    return palette;
}

std::vector<std::uint8_t> dither(
    std::span<const std::uint32_t> pixels, std::size_t width, std::span<const std::uint32_t> palette,
    std::uint8_t nothing) {
    std::vector<std::uint8_t> indices(pixels.size(), nothing);
    NearestColour find(palette);
    Errors errors(width);
    for (std::size_t y = 0; y < pixels.size() / width; ++y, errors.end_row()) {
        const int forward = y % 2 == 0 ? 1 : -1; // to and fro, so that no direction shows
        for (std::size_t i = 0; i < width; ++i) {
            const std::size_t x = forward > 0 ? i : width - 1 - i;
            const std::uint32_t pixel = pixels[y * width + x];
            if (pixel == no_pixel) {
                continue;
            }
            std::uint8_t index = find(pixel);
            if (palette[index] != pixel) {
                const std::uint32_t wanted = errors.corrected(pixel, x);
                index = find(wanted);
                errors.pass_on(wanted, palette[index], x, forward);
            }
            indices[y * width + x] = index;
        }
    }
    return indices;
}

} // namespace kizuna::codec
