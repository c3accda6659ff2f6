#include "base/test_folder.hpp"
#include "service/child_process.hpp"

#include "kizuna/error.hpp"

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>

#include <gtest/gtest.h>

namespace kizuna {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

/// For what ends at once: far more than that takes.
constexpr auto patience = 60s;

class Children : public testing::Test {
  protected:
    void TearDown() override { fs::remove_all(folder_); }

    [[nodiscard]] std::unique_ptr<ChildProcess> shell(const std::string& script) const {
        return std::make_unique<ChildProcess>(
            std::vector<std::string>{"sh", "-c", script}, folder_, folder_ / "output");
    }

    [[nodiscard]] std::string content_of(const char* name) const {
        std::ifstream file(folder_ / name);
        return {std::istreambuf_iterator<char>(file), {}};
    }

    fs::path folder_ = test::make_test_folder();
};

TEST_F(Children, SucceedOrFailAsTheirStatusSays) {
    for (const auto& [script, succeeds] :
         {std::pair("exit 0", true), std::pair("exit 3", false), std::pair("kill -KILL $$", false)}) {
        const auto child = shell(script);
        ASSERT_TRUE(child->wait_for(patience));
        EXPECT_EQ(child->succeeded(), succeeds) << script;
    }
}

TEST_F(Children, WorkInTheirFolderAndTheirWordsGoToAFile) {
    const auto child = shell("pwd; echo problem >&2; read line; echo read: $line");
    ASSERT_TRUE(child->wait_for(patience));
    EXPECT_EQ(content_of("output"), fs::canonical(folder_).string() + "\nproblem\nread:\n");
}

TEST_F(Children, WordsAreNotForAShell) {
    const ChildProcess child({"echo", "$HOME; `x` *"}, folder_, folder_ / "output");
    ASSERT_TRUE(const_cast<ChildProcess&>(child).wait_for(patience));
    EXPECT_EQ(content_of("output"), "$HOME; `x` *\n");
}

TEST_F(Children, ThatAreNotThereAreNotFound) {
    try {
        const ChildProcess child({"no-such-program-anywhere"}, folder_, folder_ / "output");
        ADD_FAILURE() << "started";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::not_found);
    }
}

TEST_F(Children, KnowNothingOfTheSignalsThatWeBlockOrIgnore) {
    sigset_t blocked;
    sigset_t before;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &blocked, &before);
    const auto child = shell("kill -TERM $$; sleep 600");
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    ASSERT_TRUE(child->wait_for(patience));
    EXPECT_FALSE(child->succeeded());
}

TEST_F(Children, EndWithAllThatTheyHaveStarted) {
    auto child = shell("trap '' TERM; sleep 600 & echo $! > grandchild; echo $$ > self; wait");
    while (content_of("self").empty()) {
        ASSERT_FALSE(child->wait_for(10ms));
    }
    const int self = std::stoi(content_of("self"));
    const int grandchild = std::stoi(content_of("grandchild"));
    child.reset();
    EXPECT_NE(::kill(self, 0), 0);
    // Whoever adopts it lays it to rest; until then it is there, but dead.
    std::string state;
    do {
        std::ifstream stat("/proc/" + std::to_string(grandchild) + "/stat");
        state.assign(std::istreambuf_iterator<char>(stat), {});
    } while (!state.empty() && state.find(") Z ") == std::string::npos);
}

} // namespace
} // namespace kizuna
