#pragma once

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

#include <gtest/gtest.h>

// Where tests put their files.
namespace kizuna::test {

/// A new, empty folder for the test that runs, which no other process has: two runs on one machine do not
/// meet. Who asks for it takes it away again.
[[nodiscard]] inline std::filesystem::path make_test_folder() {
    const auto* const test = testing::UnitTest::GetInstance()->current_test_info();
    std::string name = std::string("kizuna_") + test->test_suite_name() + "_" + test->name() + "_XXXXXX";
    std::replace(name.begin(), name.end(), '/', '_'); // in names of tests with parameters
    std::string path = testing::TempDir() + name;
    if (::mkdtemp(path.data()) == nullptr) {
        throw std::system_error(errno, std::generic_category(), path);
    }
    return path;
}

} // namespace kizuna::test
