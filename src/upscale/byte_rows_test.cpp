#include "upscale/byte_rows.hpp"
#include "upscale/test_inputs.hpp"
#include "upscale/upscale.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <atomic>
#include <functional>
#include <latch>
#include <limits>
#include <random>
#include <stop_token>
#include <thread>

#include <gtest/gtest.h>

namespace kizuna {

namespace {

using test::noise;

/// Repeats pixels, after it has dropped the border; on bytes and on floats alike.
class RepeatingSession final : public Session {
  public:
    explicit RepeatingSession(const ModelSpec& spec)
        : spec_(spec) {}

    using Session::run;

    void
    run(const Tensor& in, std::span<const Tensor> /*given*/, Tensor& out,
        const CancelToken& /*cancel*/) override {
        ++runs_in_floats;
        const std::int64_t lost = 2 * std::int64_t{spec_.border_px};
        out.shape = {
            in.shape.n, in.shape.c, (in.shape.h - lost) * spec_.scale, (in.shape.w - lost) * spec_.scale};
        out.data.clear();
        for (std::int64_t plane = 0; plane < out.shape.n * out.shape.c; ++plane) {
            for (std::int64_t y = 0; y < out.shape.h; ++y) {
                for (std::int64_t x = 0; x < out.shape.w; ++x) {
                    const std::int64_t row = plane * in.shape.h + y / spec_.scale + spec_.border_px;
                    out.data.push_back(in.data.at(
                        static_cast<std::size_t>(row * in.shape.w + x / spec_.scale + spec_.border_px)));
                }
            }
        }
    }

    [[nodiscard]] bool takes_bytes() const override { return true; }

    [[nodiscard]] int parallel_runs() const override { return 2; }

    [[nodiscard]] bool run_bytes(const ByteTile& in, ByteTile& out, const CancelToken& cancel) override {
        const int call = ++runs_in_bytes;
        out.width = (in.width - 2 * spec_.border_px) * spec_.scale;
        out.height = (in.height - 2 * spec_.border_px) * spec_.scale;
        out.channels = in.channels;
        out.data.clear();
        for (std::int64_t y = 0; y < out.height; ++y) {
            for (std::int64_t x = 0; x < out.width; ++x) {
                for (std::int64_t c = 0; c < in.channels; ++c) {
                    const std::int64_t row = y / spec_.scale + spec_.border_px;
                    const std::int64_t column = x / spec_.scale + spec_.border_px;
                    out.data.push_back(
                        in.data.at(static_cast<std::size_t>((row * in.width + column) * in.channels + c)));
                }
            }
        }
        return !in_call || in_call(call, out, cancel);
    }

    [[nodiscard]] std::uint64_t free_memory_bytes() const override { return 0; }

    std::atomic<int> runs_in_floats{0};
    std::atomic<int> runs_in_bytes{0};
    std::function<bool(int call, ByteTile& out, const CancelToken& cancel)> in_call;

  private:
    const ModelSpec& spec_;
};

class ByteRows : public testing::Test {
  protected:
    ByteRows() {
        spec_.name = "repeating";
        spec_.scale = 2;
        spec_.channels = 3;
        spec_.receptive_field_px = 5;
        spec_.border_px = 3;
        spec_.zero_padding = false;
    }

    Image upscale(const Image& image, const UpscaleOptions& options, const CancelToken& cancel = {}) {
        const UpscalePlan plan =
            plan_upscale(spec_, nullptr, {0, 384}, image.width(), image.height(), options);
        const ProgressCallback count = [this](const Progress& progress) { progress_ = progress; };
        ProgressCounter counter(tile_count(plan, options.tta), count);
        Image result = read_image(*upscale_rows(
            rows_of_borrowed(image), {spec_, session_, limit_}, plan, options.tta, counter, cancel));
        EXPECT_EQ(progress_.tiles_done, progress_.tiles_total);
        return result;
    }

    static void expect_repeated(const Image& in, const Image& out) {
        ASSERT_EQ(out.width(), in.width() * 2);
        ASSERT_EQ(out.height(), in.height() * 2);
        const std::size_t pixel = in.format().bytes_per_pixel();
        for (std::uint32_t y = 0; y < out.height(); ++y) {
            for (std::size_t i = 0; i < out.width() * pixel; ++i) {
                ASSERT_EQ(out.row(y)[i], in.row(y / 2)[i / pixel / 2 * pixel + i % pixel])
                    << "row " << y << ", byte " << i;
            }
        }
    }

    ModelSpec spec_;
    RepeatingSession session_{spec_};
    std::atomic<std::int64_t> limit_{std::numeric_limits<std::int64_t>::max()};
    Progress progress_;
};

TEST_F(ByteRows, GiveEveryPixelWhateverTheTiles) {
    for (const auto& [width, height] : {std::pair(75, 53), std::pair(1, 1), std::pair(9, 140)}) {
        const Image image = noise(static_cast<std::uint32_t>(width), static_cast<std::uint32_t>(height));
        for (const int tile : {0, 7, 16, 50}) {
            expect_repeated(image, upscale(image, {.tile_px = tile}));
        }
    }
    EXPECT_EQ(session_.runs_in_floats, 0);
    EXPECT_GT(session_.runs_in_bytes, 50);
}

TEST_F(ByteRows, AreForPicturesThatNeedNoFloats) {
    const auto as_bytes = [&](const Image& image, const UpscaleOptions& options) {
        session_.runs_in_bytes = 0;
        (void)upscale(image, options);
        return session_.runs_in_bytes > 0;
    };
    const Image image = noise(40, 30);
    EXPECT_TRUE(as_bytes(image, {}));
    EXPECT_TRUE(as_bytes(image, {.tile_px = 16}));
    EXPECT_TRUE(as_bytes(image, {.blend = Blend::feather})) << "one tile fades into no other";
    EXPECT_FALSE(as_bytes(image, {.tile_px = 16, .overlap_px = 4, .blend = Blend::feather}));
    EXPECT_FALSE(as_bytes(image, {.scale = 1.5})) << "resampling wants floats";
    EXPECT_FALSE(as_bytes(image, {.scale = 4})) << "between two passes nothing is rounded";
    EXPECT_FALSE(as_bytes(image, {.tta = true}));
    EXPECT_FALSE(as_bytes(noise(40, 30, {4, SampleType::u8}), {}));
    EXPECT_FALSE(as_bytes(noise(40, 30, {1, SampleType::u8}), {}));
    EXPECT_FALSE(as_bytes(noise(40, 30, {3, SampleType::u16}), {}));
}

TEST_F(ByteRows, SendATileThatFailsThroughAsFloats) {
    const Image image = noise(70, 60);
    const auto fail = [](int call, ByteTile& out, const CancelToken&) {
        switch (call % 6) {
        case 1:
            std::fill(out.data.begin(), out.data.end(), std::uint8_t{0});
            return false;
        case 2:
            throw Error(ErrorCode::out_of_memory, "no memory");
        case 3:
            throw Error(ErrorCode::engine_failed, "lost");
        case 4:
            out.height -= 1;
            out.data.resize(static_cast<std::size_t>(out.height * out.width * out.channels));
            return true;
        default:
            return true;
        }
    };
    session_.in_call = fail;
    expect_repeated(image, upscale(image, {.tile_px = 16}));
    EXPECT_GT(session_.runs_in_floats, 4);
    EXPECT_LT(session_.runs_in_floats, session_.runs_in_bytes);
}

TEST_F(ByteRows, AreNoLargerThanTheDeviceHasMemoryFor) {
    limit_ = 400;
    const Image image = noise(70, 60);
    expect_repeated(image, upscale(image, {.tile_px = 40}));
    EXPECT_EQ(session_.runs_in_bytes, 0);
}

TEST_F(ByteRows, HaveTwoTilesUnderWayAtOnce) {
    std::latch both(2);
    session_.in_call = [&](int call, ByteTile&, const CancelToken&) {
        if (call <= 2) {
            both.arrive_and_wait(); // for ever, if there is never a second
        }
        return true;
    };
    const Image image = noise(70, 60);
    expect_repeated(image, upscale(image, {.tile_px = 32}));
}

TEST_F(ByteRows, EndWhenTheyAreCancelled) {
    std::stop_source stop;
    session_.in_call = [&](int call, ByteTile&, const CancelToken& cancel) {
        if (call == 3) {
            stop.request_stop();
        }
        if (cancel.stop_requested()) {
            throw Error(ErrorCode::cancelled, "cancelled");
        }
        return true;
    };
    try {
        (void)upscale(noise(200, 200), {.tile_px = 16}, stop.get_token());
        FAIL() << "it went on";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::cancelled);
    }
    EXPECT_LT(session_.runs_in_bytes, 10);
}

} // namespace

} // namespace kizuna
