#include "engine/cpu/choose_precision.hpp"

#include <gtest/gtest.h>

namespace kizuna::cpu {

namespace {

TEST(ChoosePrecision, GivesWhatWasAskedFor) {
    for (const bool is_close : {false, true}) {
        for (const bool has_matrices : {false, true}) {
            EXPECT_EQ(choose_precision(Precision::fp32, is_close, has_matrices), Precision::fp32);
            EXPECT_EQ(choose_precision(Precision::bf16, is_close, has_matrices), Precision::bf16);
        }
    }
}

TEST(ChoosePrecision, TakesBf16OnlyWhereItIsFasterAndKnownToBeClose) {
    EXPECT_EQ(choose_precision(Precision::automatic, true, true), Precision::bf16);
    EXPECT_EQ(choose_precision(Precision::automatic, true, false), Precision::fp32);
    EXPECT_EQ(choose_precision(Precision::automatic, false, true), Precision::fp32);
    EXPECT_EQ(choose_precision(Precision::automatic, false, false), Precision::fp32);
}

} // namespace

} // namespace kizuna::cpu
