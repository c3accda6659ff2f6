#include "upscale/planes.hpp"

#include <numeric>

#include <gtest/gtest.h>

namespace kizuna {
namespace {

Tensor counting(const Shape& shape) {
    Tensor tensor{shape, std::vector<float>(element_count(shape))};
    std::iota(tensor.data.begin(), tensor.data.end(), 1.0F);
    return tensor;
}

TEST(Planes, EveryTurnIsUndone) {
    const Tensor picture = counting({1, 2, 3, 5});
    for (int way = 0; way < 8; ++way) {
        Tensor turned;
        turn(picture, way, turned);
        Tensor back{picture.shape, std::vector<float>(picture.data.size())};
        add_turned_back(turned, way, 1.0F, back);
        EXPECT_EQ(back.data, picture.data) << "way " << way;
    }
}

TEST(Planes, TheEightTurnsAreAllDifferent) {
    const Tensor picture = counting({1, 1, 2, 2});
    std::vector<std::vector<float>> seen;
    for (int way = 0; way < 8; ++way) {
        Tensor turned;
        turn(picture, way, turned);
        for (const auto& other : seen) {
            EXPECT_NE(turned.data, other) << "way " << way;
        }
        seen.push_back(turned.data);
    }
}

TEST(Planes, CroppingRepeatsTheRightEdge) {
    const Tensor picture = counting({1, 1, 2, 3});
    Tensor tile;
    crop(picture, {1, 5, 1, 3}, {0, 2, 0, 2}, tile);
    EXPECT_EQ(tile.shape, (Shape{1, 1, 2, 4}));
    EXPECT_EQ(tile.data, (std::vector<float>{2, 3, 3, 3, 5, 6, 6, 6}));
}

TEST(Planes, CroppingCountsRowsFromTheWindowsBeginning) {
    const Tensor window = counting({1, 1, 3, 2}); // rows 10 to 12 of a picture
    Tensor tile;
    crop(window, {0, 2, 0, 2}, {11, 13, 11, 13}, tile, 10);
    EXPECT_EQ(tile.data, (std::vector<float>{3, 4, 5, 6}));
}

TEST(Planes, TilesCutAndPutBackGiveThePictureAgain) {
    const Tensor picture = counting({1, 3, 40, 70});
    for (const TileBlend blend : {TileBlend::exact, TileBlend::feather}) {
        const auto columns =
            with_weights(plan_axis({.length = 70, .tile = 32, .overlap = 10, .blend = blend}), 1, blend);
        const auto rows =
            with_weights(plan_axis({.length = 40, .tile = 17, .overlap = 6, .blend = blend}), 1, blend);
        Tensor result{picture.shape, std::vector<float>(picture.data.size())};
        for (const WeightedAxis& row : rows) {
            for (const WeightedAxis& column : columns) {
                Tensor tile;
                crop(picture, column.tile, row.tile, tile);
                add_tile(tile, column, row, 1, 0, result);
            }
        }
        for (std::size_t i = 0; i < picture.data.size(); ++i) {
            ASSERT_NEAR(result.data[i], picture.data[i], picture.data[i] * 1e-6F) << "at " << i;
        }
    }
}

} // namespace
} // namespace kizuna
