#pragma once

#include "kizuna/error.hpp"

#include <string>

#include <gtest/gtest.h>

namespace kizuna::test {

/// What the Error says that `call` throws. The test fails where that is of another kind, or none comes.
template <typename Call>
std::string refusal_of(const Call& call, ErrorCode code) {
    try {
        call();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), code) << error.what();
        return error.what();
    }
    ADD_FAILURE() << "it was not refused";
    return {};
}

} // namespace kizuna::test
