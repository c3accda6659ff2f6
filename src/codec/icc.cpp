#include "codec/icc.hpp"

#include "base/log.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include <fmt/format.h>
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
using ToneCurve = std::unique_ptr<cmsToneCurve, Closer<cmsFreeToneCurve>>;
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

struct Primaries {
    std::string_view name;
    cmsCIExyYTRIPLE xyy;
};

/// ITU-T H.273, table 2, of those that pictures have besides BT.709's (1).
std::optional<Primaries> primaries_of_cicp(int number) {
    switch (number) {
    case 9:
        return Primaries{"BT.2020", {{0.708, 0.292, 1}, {0.170, 0.797, 1}, {0.131, 0.046, 1}}};
    case 12:
        return Primaries{"Display P3", {{0.680, 0.320, 1}, {0.265, 0.690, 1}, {0.150, 0.060, 1}}};
    default:
        return std::nullopt;
    }
}

/// Of H.273, table 3: what screens show as sRGB's curve, as browsers take it.
bool is_curve_of_srgb(int transfer) {
    constexpr std::array<int, 6> numbers{1, 2, 6, 13, 14, 15};
    return std::find(numbers.begin(), numbers.end(), transfer) != numbers.end();
}

ToneCurve srgb_curve() {
    constexpr int form = 4; // of lcms2: (a·x + b)^γ from d on, c·x below
    constexpr std::array parameters{2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045}; // IEC 61966-2-1
    return ToneCurve(cmsBuildParametricToneCurve(nullptr, form, parameters.data()));
}

std::vector<std::byte> saved(const Profile& profile) {
    cmsUInt32Number size = 0;
    if (!profile || cmsSaveProfileToMem(profile.get(), nullptr, &size) == 0) {
        return {};
    }
    std::vector<std::byte> bytes(size);
    return cmsSaveProfileToMem(profile.get(), bytes.data(), &size) == 0 ? std::vector<std::byte>{} : bytes;
}

void describe(const Profile& profile, std::string_view name) {
    const std::unique_ptr<cmsMLU, Closer<cmsMLUfree>> text(cmsMLUalloc(nullptr, 1));
    cmsMLUsetASCII(text.get(), "en", "US", std::string(name).c_str());
    cmsWriteTag(profile.get(), cmsSigProfileDescriptionTag, text.get());
}

} // namespace

std::vector<std::byte> profile_of_cicp(int primaries, int transfer) {
    constexpr int bt709 = 1;
    constexpr int not_said = 2;
    const bool usual = primaries == bt709 || primaries == not_said;
    if (usual && is_curve_of_srgb(transfer)) {
        return {};
    }
    const auto gamut = primaries_of_cicp(primaries);
    if (!gamut || !is_curve_of_srgb(transfer)) {
        log(LogLevel::warning,
            fmt::format(
                "the picture's colours (primaries {}, transfer {} of H.273) are taken for sRGB's", primaries,
                transfer));
        return {};
    }
    constexpr cmsCIExyY d65{0.3127, 0.3290, 1};
    const ToneCurve curve = srgb_curve();
    const std::array<cmsToneCurve*, 3> curves{curve.get(), curve.get(), curve.get()};
    const Profile profile(cmsCreateRGBProfile(&d65, &gamut->xyy, curves.data()));
    describe(profile, gamut->name);
    return saved(profile);
}

bool is_grey_profile(std::span<const std::byte> icc) noexcept {
    constexpr std::size_t colour_space_at = 16; // of the header, ICC.1:2010, table 17
    constexpr std::string_view grey = "GRAY";
    return icc.size() >= colour_space_at + grey.size() &&
           std::memcmp(icc.data() + colour_space_at, grey.data(), grey.size()) == 0;
}

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
