#include "codec/icc.hpp"

#include "base/log.hpp"

#include "kizuna/error.hpp"

#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#include <lcms2.h>

namespace kizuna::codec {
namespace {

template <auto Close>
struct Closer {
    template <typename T>
    void operator()(T* handle) const {
        Close(handle);
    }
};

using Profile = std::unique_ptr<std::remove_pointer_t<cmsHPROFILE>, Closer<cmsCloseProfile>>;
using Transform = std::unique_ptr<std::remove_pointer_t<cmsHTRANSFORM>, Closer<cmsDeleteTransform>>;

class LcmsConverter final : public ColourConverter {
  public:
    LcmsConverter(Transform transform, std::size_t rgb_pixel_bytes)
        : transform_(std::move(transform))
        , rgb_pixel_bytes_(rgb_pixel_bytes) {}

    void convert(std::span<const std::byte> from, std::span<std::byte> rgb) override {
        cmsDoTransform(
            transform_.get(), from.data(), rgb.data(),
            static_cast<cmsUInt32Number>(rgb.size() / rgb_pixel_bytes_));
    }

  private:
    Transform transform_;
    std::size_t rgb_pixel_bytes_;
};

/// A converter from `profile` to sRGB; null where lcms2 cannot make one.
std::unique_ptr<ColourConverter>
converter_from(const Profile& profile, cmsUInt32Number type, SampleType sample) {
    const Profile srgb(cmsCreate_sRGBProfile());
    if (!profile || !srgb) {
        return nullptr;
    }
    const cmsUInt32Number rgb_type = sample == SampleType::u8 ? TYPE_RGB_8 : TYPE_RGB_16;
    // What image editors do by default: colours exact, black to black.
    Transform transform(cmsCreateTransform(
        profile.get(), type, srgb.get(), rgb_type, INTENT_RELATIVE_COLORIMETRIC,
        cmsFLAGS_BLACKPOINTCOMPENSATION));
    if (!transform) {
        return nullptr;
    }
    return std::make_unique<LcmsConverter>(std::move(transform), 3 * bytes_per_sample(sample));
}

template <typename Sample>
class NaiveCmyk final : public ColourConverter {
  public:
    void convert(std::span<const std::byte> from, std::span<std::byte> rgb) override {
        constexpr std::uint64_t full = std::numeric_limits<Sample>::max();
        const std::size_t pixels = rgb.size() / (3 * sizeof(Sample));
        for (std::size_t i = 0; i < pixels; ++i) {
            Sample ink[4];
            Sample light[3];
            std::memcpy(ink, from.data() + i * sizeof ink, sizeof ink);
            for (int c = 0; c < 3; ++c) {
                light[c] = static_cast<Sample>(((full - ink[c]) * (full - ink[3]) + full / 2) / full);
            }
            std::memcpy(rgb.data() + i * sizeof light, light, sizeof light);
        }
    }
};

} // namespace

std::unique_ptr<ColourConverter> cmyk_to_srgb(std::span<const std::byte> icc, SampleType sample) {
    if (!icc.empty() && icc.size() <= std::numeric_limits<cmsUInt32Number>::max()) {
        const Profile profile(cmsOpenProfileFromMem(icc.data(), static_cast<cmsUInt32Number>(icc.size())));
        const bool usable = profile && cmsGetColorSpace(profile.get()) == cmsSigCmykData;
        const cmsUInt32Number type = sample == SampleType::u8 ? TYPE_CMYK_8 : TYPE_CMYK_16;
        if (auto converter = usable ? converter_from(profile, type, sample) : nullptr) {
            return converter;
        }
        log(LogLevel::warning, "the picture's CMYK profile cannot be used; its colours are approximate");
    }
    if (sample == SampleType::u8) {
        return std::make_unique<NaiveCmyk<std::uint8_t>>();
    }
    return std::make_unique<NaiveCmyk<std::uint16_t>>();
}

std::unique_ptr<ColourConverter> lab_to_srgb(SampleType sample) {
    const Profile lab(cmsCreateLab4Profile(nullptr));
    if (auto converter = converter_from(lab, TYPE_Lab_FLT, sample)) {
        return converter;
    }
    throw Error(ErrorCode::out_of_memory, "no memory for converting Lab colours");
}

} // namespace kizuna::codec
