#include "base/checked.hpp"

#include "kizuna/error.hpp"

#include <cstdint>

#include <gtest/gtest.h>

namespace kizuna {
namespace {

TEST(Error, ContextComesBeforeTheMessageAndKeepsTheCode) {
    const Error error = Error(ErrorCode::corrupt, "the header is cut off").with_context("a.png");
    EXPECT_STREQ(error.what(), "a.png: the header is cut off");
    EXPECT_EQ(error.code(), ErrorCode::corrupt);
}

TEST(Checked, SumsAndProductsThatFitAreExact) {
    EXPECT_EQ(checked_mul<std::uint32_t>(65535, 65537), 4294967295U);
    EXPECT_EQ(checked_add<std::uint32_t>(4294967294U, 1), 4294967295U);
}

TEST(Checked, OverflowIsALimitError) {
    for (const auto& overflow :
         {+[] { (void)checked_mul<std::uint32_t>(65536, 65536); },
          +[] { (void)checked_add<std::int32_t>(INT32_MAX, 1); },
          +[] { (void)checked_cast<std::uint8_t>(256); }, +[] { (void)checked_cast<std::uint64_t>(-1); }}) {
        try {
            overflow();
            ADD_FAILURE() << "no error for an overflow";
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::limit_exceeded);
        }
    }
}

} // namespace
} // namespace kizuna
