#include "engine/fake/fake_engine.hpp"
#include "service/model_probe.hpp"

#include "kizuna/error.hpp"

#include <functional>

#include <gtest/gtest.h>

namespace kizuna {
namespace {

/// A session whose outputs have whatever shape a function says.
class ShapeSession final : public Session {
  public:
    explicit ShapeSession(std::function<Shape(const Shape&)> shape_of)
        : shape_of_(std::move(shape_of)) {}

    using Session::run;

    void
    run(const Tensor& in, std::span<const Tensor> /*given*/, Tensor& out,
        const CancelToken& /*cancel*/) override {
        out.shape = shape_of_(in.shape);
        out.data.assign(element_count(out.shape), 0.0F);
    }

    [[nodiscard]] std::uint64_t free_memory_bytes() const override { return 0; }

  private:
    std::function<Shape(const Shape&)> shape_of_;
};

Shape enlarged(const Shape& in, int factor) {
    return {in.n, in.c, in.h * factor, in.w * factor};
}

TEST(ModelProbe, FindsTheScaleByRunning) {
    ShapeSession session([](const Shape& in) { return enlarged(in, 3); });
    const ModelSpec spec = complete_spec({}, session);
    EXPECT_EQ(spec.scale, 3);
    EXPECT_EQ(spec.channels, 3);
    EXPECT_EQ(spec.alignment_px, 1);
}

TEST(ModelProbe, FindsTheBorderThatANetworkConsumes) {
    ShapeSession session([](const Shape& in) {
        if (in.h % 4 != 0 || in.w % 4 != 0) {
            throw Error(ErrorCode::engine_failed, "cannot reshape");
        }
        return Shape{in.n, in.c, (in.h - 32) * 2, (in.w - 32) * 2};
    });
    const ModelSpec spec = complete_spec({}, session);
    EXPECT_EQ(spec.scale, 2);
    EXPECT_EQ(spec.border_px, 16);
    EXPECT_EQ(spec.alignment_px, 4);
}

TEST(ModelProbe, UsesTheFixedSizeWhereThereIsOne) {
    Network network;
    network.spec.fixed_input = {40, 30};
    ShapeSession session([](const Shape& in) {
        EXPECT_EQ(in, (Shape{1, 3, 30, 40}));
        return enlarged(in, 2);
    });
    EXPECT_EQ(complete_spec(network, session).scale, 2);
}

TEST(ModelProbe, FindsTheAlignmentOfANetworkThatFailsOnOtherSizes) {
    ShapeSession session([](const Shape& in) {
        if (in.h % 4 != 0 || in.w % 4 != 0) {
            throw Error(ErrorCode::engine_failed, "cannot reshape");
        }
        return enlarged(in, 2);
    });
    EXPECT_EQ(complete_spec({}, session).alignment_px, 4);
}

TEST(ModelProbe, FindsTheAlignmentOfANetworkThatRoundsOtherSizes) {
    ShapeSession session([](const Shape& in) {
        return Shape{in.n, in.c, in.h / 8 * 8 * 4, in.w / 8 * 8 * 4};
    });
    const ModelSpec spec = complete_spec({}, session);
    EXPECT_EQ(spec.scale, 4);
    EXPECT_EQ(spec.alignment_px, 8);
}

TEST(ModelProbe, RefusesWhatIsNoUpscaler) {
    for (const auto& shape_of :
         {+[](const Shape& in) {
              return Shape{in.n, in.c, in.h, in.w * 2};
          },
          +[](const Shape& in) {
              return Shape{in.n, 1, in.h * 2, in.w * 2};
          },
          +[](const Shape& in) {
              return Shape{in.n, in.c, in.h / 2, in.w / 2};
          },
          +[](const Shape& in) {
              return Shape{in.n, in.c, in.h * 2 - 6, in.w * 2 - 6};
          },
          +[](const Shape& in) {
              return Shape{in.n, in.c, in.h * 2 + 8, in.w * 2 + 8};
          }}) {
        ShapeSession session(shape_of);
        try {
            (void)complete_spec({}, session);
            ADD_FAILURE() << "accepted";
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::bad_network);
        }
    }
}

TEST(ModelProbe, AsksNothingWhereEverythingIsKnown) {
    Network network;
    network.spec.scale = 2;
    network.spec.channels = 1;
    network.graph = Graph{};
    ShapeSession session([](const Shape&) -> Shape { throw Error(ErrorCode::internal, "was run"); });
    EXPECT_NO_THROW((void)complete_spec(network, session));
}

} // namespace
} // namespace kizuna
