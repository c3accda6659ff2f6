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

TEST(Planes, CroppingCountsFromTheWindowsBeginning) {
    const Tensor window = counting({1, 1, 3, 4}); // rows 10 to 12 of a picture, columns -2 to 1
    Tensor tile;
    crop(window, {-2, 10}, {-1, 1, 0, 1}, {11, 13, 11, 13}, tile);
    EXPECT_EQ(tile.shape, (Shape{1, 1, 2, 2}));
    EXPECT_EQ(tile.data, (std::vector<float>{6, 7, 10, 11}));
}

TEST(Planes, TilesCutAndPutBackGiveThePictureAgain) {
    const Tensor picture = counting({1, 3, 40, 70});
    for (const TileBlend blend : {TileBlend::exact, TileBlend::feather}) {
        const auto columns =
            with_weights(plan_axis({.length = 70, .tile = 32, .overlap = 10, .blend = blend}), 1, 0, blend);
        const auto rows =
            with_weights(plan_axis({.length = 40, .tile = 17, .overlap = 6, .blend = blend}), 1, 0, blend);
        Tensor result{picture.shape, std::vector<float>(picture.data.size())};
        for (const WeightedAxis& row : rows) {
            for (const WeightedAxis& column : columns) {
                Tensor tile;
                crop(picture, {}, column.tile, row.tile, tile);
                add_tile(tile, column, row, 1, 0, result);
            }
        }
        for (std::size_t i = 0; i < picture.data.size(); ++i) {
            ASSERT_NEAR(result.data[i], picture.data[i], picture.data[i] * 1e-6F) << "at " << i;
        }
    }
}

TEST(Planes, WhatTheNetworkConsumedIsNotSkippedInItsResult) {
    // Reads 3 pixels before what it keeps, of which the network has eaten 2: one is left to skip.
    const auto tiles = with_weights({{-3, 20, 0, 10}}, 4, 2, TileBlend::exact);
    EXPECT_EQ(tiles.front().skip, 1 * 4);
}

} // namespace
} // namespace kizuna
