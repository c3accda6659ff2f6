#include "video/steadier.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace kizuna::video {

namespace {

/// A neighbourhood is a square of 9×9 pixels.
constexpr std::ptrdiff_t radius = 4;

/// Grain of more than this, in levels of 255, is taken for movement.
constexpr float most_grain = 8;

/// One number for each pixel, in levels of 255.
struct Plane {
    std::ptrdiff_t width = 0;
    std::ptrdiff_t height = 0;
    std::vector<float> values;

    [[nodiscard]] float* row(std::ptrdiff_t y) { return values.data() + y * width; }

    [[nodiscard]] const float* row(std::ptrdiff_t y) const { return values.data() + y * width; }
};

Plane plane_like(const Plane& other) {
    return {other.width, other.height, std::vector<float>(other.values.size())};
}

template <typename Sample>
Plane mean_of_colours(const Image& picture, float level) {
    Plane plane{picture.width(), picture.height(), {}};
    const auto* samples = reinterpret_cast<const Sample*>(picture.pixels().data());
    const std::size_t channels = picture.format().channels;
    plane.values.resize(static_cast<std::size_t>(plane.width * plane.height));
    for (float& value : plane.values) {
        float sum = 0;
        for (std::size_t c = 0; c < channels; ++c) {
            sum += static_cast<float>(*samples++);
        }
        value = sum / (level * static_cast<float>(channels));
    }
    return plane;
}

Plane brightness(const Image& picture) {
    return picture.format().sample == SampleType::u16 ? mean_of_colours<std::uint16_t>(picture, 257.0F)
                                                      : mean_of_colours<std::uint8_t>(picture, 1.0F);
}

/// The mean over each pixel's neighbourhood, as far as it lies in the picture.
Plane box_mean(const Plane& plane) {
    Plane across = plane_like(plane);
    for (std::ptrdiff_t y = 0; y < plane.height; ++y) {
        const float* const from = plane.row(y);
        for (std::ptrdiff_t x = 0; x < plane.width; ++x) {
            const std::ptrdiff_t begin = std::max<std::ptrdiff_t>(x - radius, 0);
            const std::ptrdiff_t end = std::min(x + radius + 1, plane.width);
            float sum = 0;
            for (std::ptrdiff_t i = begin; i < end; ++i) {
                sum += from[i];
            }
            across.row(y)[x] = sum / static_cast<float>(end - begin);
        }
    }
    Plane mean = plane_like(plane);
    for (std::ptrdiff_t y = 0; y < plane.height; ++y) {
        const std::ptrdiff_t begin = std::max<std::ptrdiff_t>(y - radius, 0);
        const std::ptrdiff_t end = std::min(y + radius + 1, plane.height);
        float* const to = mean.row(y);
        for (std::ptrdiff_t i = begin; i < end; ++i) {
            const float* const from = across.row(i);
            for (std::ptrdiff_t x = 0; x < plane.width; ++x) {
                to[x] += from[x] / static_cast<float>(end - begin);
            }
        }
    }
    return mean;
}

float quantile(std::vector<float> values, double fraction) {
    if (values.empty()) {
        return 0;
    }
    const auto place =
        values.begin() + static_cast<std::ptrdiff_t>(fraction * static_cast<double>(values.size() - 1));
    std::nth_element(values.begin(), place, values.end());
    return *place;
}

/// The standard deviation of grain in one picture: J. Immerkær's mask (1996), which gives nothing where
/// brightness changes evenly. Edges and fine lines do not disturb it as long as a tenth of the picture has
/// none.
float grain_in(const Plane& plane) {
    std::vector<float> sizes;
    for (std::ptrdiff_t y = 1; y + 1 < plane.height; ++y) {
        const float* const a = plane.row(y - 1);
        const float* const b = plane.row(y);
        const float* const c = plane.row(y + 1);
        for (std::ptrdiff_t x = 1; x + 1 < plane.width; ++x) {
            sizes.push_back(std::abs(
                a[x - 1] - 2 * a[x] + a[x + 1] - 2 * (b[x - 1] - 2 * b[x] + b[x + 1]) + c[x - 1] - 2 * c[x] +
                c[x + 1]));
        }
    }
    constexpr float gain_of_mask = 6; // the root of its squares' sum
    constexpr double quiet_part = 0.1;
    constexpr float tenth_of_normal = 0.1257F; // of absolute values, where the standard deviation is 1
    return quantile(std::move(sizes), quiet_part) / (gain_of_mask * tenth_of_normal);
}

/// Mean size of the difference of two samples with grain of standard deviation 1.
constexpr float difference_by_grain = 1.128F;

/// What has changed between two pictures.
struct Change {
    Plane at;        ///< each pixel
    Plane mean;      ///< of its neighbourhood, in which grain takes itself away
    Plane mean_size; ///< the same without signs
};

Change change_between(const Plane& now, const Plane& before) {
    Change change{plane_like(now), {}, {}};
    std::transform(
        now.values.begin(), now.values.end(), before.values.begin(), change.at.values.begin(),
        [](float a, float b) { return a - b; });
    change.mean = box_mean(change.at);
    for (float& value : change.at.values) {
        value = std::abs(value);
    }
    change.mean_size = box_mean(change.at);
    return change;
}

/// Grain in the parts that have moved least, if that is less than what one picture shows: texture looks like
/// grain in one picture.
float grain_between(const Plane& now, const Change& change) {
    constexpr double still_part = 0.1;
    const float moved_least = quantile(change.mean_size.values, still_part) / difference_by_grain;
    return std::min({grain_in(now), moved_least, most_grain});
}

/// Up to where grain alone explains a change. The least ones are what rounding to 8 bits may do.
struct Limits {
    float pixel;
    float mean;
    float mean_size;
};

Limits limits_for(float grain) {
    const auto samples = static_cast<float>((2 * radius + 1) * (2 * radius + 1));
    // Differences of grain have √2 of its deviation. Outside of these limits are one pixel in 1000, one mean
    // in 80, and one mean size in 500.
    const float deviation = grain * std::sqrt(2.0F);
    return {
        std::max(1.5F, 3.3F * deviation), std::max(0.4F, 2.5F * deviation / std::sqrt(samples)),
        std::max(0.6F, 1.25F * difference_by_grain * grain)};
}

/// Sums over the frames in which a pixel has stood still, from the newest one back.
class Means {
  public:
    explicit Means(const Image& newest)
        : sums_(newest.pixels().size() / bytes_per_sample(newest.format().sample))
        , counts_(std::size_t{newest.width()} * newest.height(), 0)
        , still_(counts_.size(), 1) {
        add(newest);
    }

    void take_out_what_moved(const Change& change, const Limits& limits) {
        for (std::size_t i = 0; i < still_.size(); ++i) {
            const bool is_still = change.at.values[i] <= limits.pixel &&
                                  std::abs(change.mean.values[i]) <= limits.mean &&
                                  change.mean_size.values[i] <= limits.mean_size;
            still_[i] = still_[i] != 0 && is_still ? 1 : 0;
        }
    }

    void add(const Image& picture) {
        if (picture.format().sample == SampleType::u16) {
            add_samples<std::uint16_t>(picture);
        } else {
            add_samples<std::uint8_t>(picture);
        }
    }

    [[nodiscard]] Image picture(const ImageInfo& info) const {
        Image result(info);
        if (info.format.sample == SampleType::u16) {
            write_samples<std::uint16_t>(result);
        } else {
            write_samples<std::uint8_t>(result);
        }
        return result;
    }

  private:
    template <typename Sample>
    void add_samples(const Image& picture) {
        const auto* samples = reinterpret_cast<const Sample*>(picture.pixels().data());
        const std::size_t channels = picture.format().channels;
        for (std::size_t i = 0; i < still_.size(); ++i) {
            counts_[i] += still_[i];
            for (std::size_t c = 0; c < channels; ++c) {
                sums_[i * channels + c] += std::uint32_t{samples[i * channels + c]} * still_[i];
            }
        }
    }

    template <typename Sample>
    void write_samples(Image& picture) const {
        auto* samples = reinterpret_cast<Sample*>(picture.pixels().data());
        const std::size_t channels = picture.format().channels;
        for (std::size_t i = 0; i < counts_.size(); ++i) {
            for (std::size_t c = 0; c < channels; ++c) {
                const std::uint32_t sum = sums_[i * channels + c];
                samples[i * channels + c] = static_cast<Sample>((sum + counts_[i] / 2) / counts_[i]);
            }
        }
    }

    std::vector<std::uint32_t> sums_;
    std::vector<std::uint32_t> counts_;
    std::vector<std::uint8_t> still_;
};

} // namespace

void Steadier::remember(std::shared_ptr<const Image> picture) {
    pictures_.push_front(std::move(picture));
    if (pictures_.size() > history + 1) {
        pictures_.pop_back();
    }
}

Image Steadier::steadied() const {
    const Image& newest = *pictures_.front();
    const Plane now = brightness(newest);
    Means means(newest);
    for (std::size_t i = 1; i < pictures_.size(); ++i) {
        const Change change = change_between(now, brightness(*pictures_[i]));
        means.take_out_what_moved(change, limits_for(grain_between(now, change)));
        means.add(*pictures_[i]);
    }
    return means.picture(newest.info());
}

} // namespace kizuna::video
