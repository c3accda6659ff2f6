#include "graph/network.hpp"
#include "graph/pools.hpp"
#include "graph/reference.hpp"
#include "graph/test_graphs.hpp"

#include "kizuna/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kizuna {
namespace {

using test::conv;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// x times the mean of `pooled`.
int weigh(test::GraphBuilder& builder, int x, int pooled) {
    return builder.add(Binary{Binary::Kind::mul}, {x, builder.add(GlobalAveragePool{}, {pooled})});
}

TEST(FindPools, SaysHowWhatIsPooledGrowsWithThePicture) {
    const auto pools = find_pools(test::squeeze_excite_graph(1), 2);
    ASSERT_EQ(pools->size(), 2U);
    EXPECT_EQ(pools->front().channels, 4);
    EXPECT_EQ(pools->front().side.of(20), (20 - 2) / 2 - 2);
    EXPECT_EQ(pools->back().side.of(20), 20 - 2 - 4 - 2);
}

TEST(FindPools, PassesOverMeansOfMeansAndWhatTheOutputDoesNotNeed) {
    test::GraphBuilder builder(3);
    const int mean = builder.then(GlobalAveragePool{});
    weigh(builder, 0, mean);
    EXPECT_EQ(find_pools(builder.graph(), 1)->size(), 1U);
    builder.add(conv(3, 3, 3, 1), {0});
    EXPECT_THAT(*find_pools(builder.graph(), 1), IsEmpty());
}

TEST(FindPools, GivesUpWhereBothAxesDoNotGrowAlikeOrThereAreTooMany) {
    Conv2d flat = conv(3, 3, 2, 0);
    flat.stride = {2, 1};
    test::GraphBuilder lopsided(3);
    weigh(lopsided, 0, lopsided.then(flat));
    EXPECT_FALSE(find_pools(lopsided.graph(), 2));

    test::GraphBuilder many(3);
    int x = 0;
    for (int i = 0; i < 9; ++i) {
        x = weigh(many, x, x);
    }
    EXPECT_FALSE(find_pools(many.graph(), 1));
}

Tensor mean_of(const Tensor& tensor) {
    return run_reference(test::chain(static_cast<int>(tensor.shape.c), {GlobalAveragePool{}}), tensor);
}

Tensor run_stage(
    const Stage& stage, const Tensor& picture, const std::vector<Tensor>& means,
    const std::vector<Tensor>& pooled) {
    std::vector<Tensor> given;
    for (const StageInput& input : stage.given) {
        given.push_back((input.is_mean ? means : pooled)[static_cast<std::size_t>(input.pool)]);
    }
    validate(stage.graph);
    return run_reference(stage.graph, picture, given);
}

TEST(StageBefore, InARowGiveWhatTheWholeNetworkGives) {
    for (const StageStart start : {StageStart::picture, StageStart::pooled}) {
        for (std::uint32_t seed = 0; seed < 5; ++seed) {
            const Graph graph = test::squeeze_excite_graph(seed);
            const Tensor picture = test::Random(seed).tensor({2, 3, 20, 26}, 0, 1);
            const auto pools = *find_pools(graph, 2);
            std::vector<Tensor> means;
            std::vector<Tensor> pooled;
            for (std::size_t i = 0; i < pools.size(); ++i) {
                pooled.push_back(run_stage(stage_before(graph, pools, i, start), picture, means, pooled));
                EXPECT_EQ(pooled.back().shape.c, pools[i].channels);
                EXPECT_EQ(pooled.back().shape.h, pools[i].side.of(20));
                EXPECT_EQ(pooled.back().shape.w, pools[i].side.of(26));
                means.push_back(mean_of(pooled.back()));
            }
            EXPECT_EQ(
                run_stage(stage_before(graph, pools, pools.size(), start), picture, means, pooled).data,
                run_reference(graph, picture).data);
        }
    }
}

TEST(StageBefore, ComputesLittleTwiceWhereWhatIsPooledIsGiven) {
    const Graph graph = test::squeeze_excite_graph(1);
    const auto pools = *find_pools(graph, 2);
    const Stage last = stage_before(graph, pools, 2, StageStart::pooled);
    EXPECT_THAT(last.given, ElementsAre(StageInput{1, false}, StageInput{1, true}));
    EXPECT_LT(last.graph.nodes.size(), graph.nodes.size() / 2);
}

TEST(StageBefore, TakesThePictureAndItsOwnResultFromNobody) {
    test::GraphBuilder builder(3);
    const int first = weigh(builder, 0, 0);
    const int wide = builder.add(conv(3, 3, 3, 1), {first});
    weigh(builder, weigh(builder, first, wide), wide);
    const auto pools = *find_pools(builder.graph(), 1);
    ASSERT_EQ(pools.size(), 3U);
    EXPECT_THAT(
        stage_before(builder.graph(), pools, 1, StageStart::pooled).given, ElementsAre(StageInput{0, true}));
    EXPECT_THAT(
        stage_before(builder.graph(), pools, 2, StageStart::pooled).given, ElementsAre(StageInput{0, true}));
    EXPECT_THAT(
        stage_before(builder.graph(), pools, 3, StageStart::pooled).given,
        ElementsAre(StageInput{0, true}, StageInput{1, true}, StageInput{2, true}));
}

TEST(StageBefore, AsksOnlyForMeansThatItNeeds) {
    test::GraphBuilder builder(3);
    const int first = weigh(builder, 0, 0);
    const int second = weigh(builder, 0, builder.add(conv(3, 3, 3, 1), {0}));
    weigh(builder, builder.add(Binary{}, {first, second}), second);
    const auto pools = *find_pools(builder.graph(), 1);
    ASSERT_EQ(pools.size(), 3U);
    const auto given = [&](std::size_t pool) {
        return stage_before(builder.graph(), pools, pool, StageStart::picture).given;
    };
    EXPECT_THAT(given(1), IsEmpty());
    EXPECT_THAT(given(2), ElementsAre(StageInput{1, true}));
    EXPECT_THAT(given(3), ElementsAre(StageInput{0, true}, StageInput{1, true}, StageInput{2, true}));
}

TEST(Reference, WantsTheMeansThatItIsToBeGiven) {
    const Graph graph = test::squeeze_excite_graph(1);
    const Stage last = stage_before(graph, *find_pools(graph, 2), 2, StageStart::picture);
    const Tensor picture = test::counting({1, 3, 20, 20});
    EXPECT_THROW((void)run_reference(last.graph, picture), Error);
    const std::vector<Tensor> wrong(2, test::counting({1, 3, 1, 1}));
    EXPECT_THROW((void)run_reference(last.graph, picture, wrong), Error);
}

} // namespace
} // namespace kizuna
