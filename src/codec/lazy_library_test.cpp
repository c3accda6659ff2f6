#include "codec/lazy_library.hpp"

#include "kizuna/error.hpp"

#include <string>

#include <gtest/gtest.h>

namespace kizuna {
namespace {

TEST(LazyLibrary, SaysWhatToInstallWhereALibraryIsMissing) {
    try {
        const codec::LazyLibrary library("libnowhere.so.1", "AVIF", "libnowhere1");
        FAIL() << "it was opened";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::unsupported);
        EXPECT_NE(std::string(error.what()).find("install libnowhere1"), std::string::npos) << error.what();
    }
}

TEST(LazyLibrary, RefusesALibraryThatLacksAFunction) {
    const codec::LazyLibrary library("libc.so.6", "text", "libc6");
    int (*known)(const char*) = nullptr;
    library.bind(known, "atoi");
    EXPECT_EQ(known("42"), 42);
    int (*unknown)() = nullptr;
    EXPECT_THROW(library.bind(unknown, "no_such_function"), Error);
}

} // namespace
} // namespace kizuna
