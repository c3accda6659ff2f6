#include "engine/fake/fake_engine.hpp"
#include "service/devices.hpp"
#include "service/measurements.hpp"
#include "service/test_providers.hpp"

#include "kizuna/error.hpp"
#include "kizuna/log.hpp"
#include "kizuna/tuning.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kizuna {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// A convolution and what makes it twice as large.
Network network_of(float weight, int scale = 2) {
    Graph graph;
    Conv2d convolution;
    convolution.padding = {1, 1, 1, 1};
    convolution.weight.shape = {3 * scale * scale, 3, 3, 3};
    convolution.weight.data.assign(element_count(convolution.weight.shape), weight);
    graph.nodes.push_back({"input", Input{3}, {}});
    graph.nodes.push_back({"convolution", std::move(convolution), {0}});
    graph.nodes.push_back({"output", PixelShuffle{.factor = scale}, {1}});
    graph.output = 2;
    Network network;
    network.spec.name = "small";
    describe(graph, network.spec);
    network.graph = std::move(graph);
    return network;
}

Measurement line_of(const Candidate& candidate, std::int64_t tile_px, double speed) {
    Measurement line;
    line.provider = candidate.provider.name;
    line.hardware = hardware_of(candidate, 0);
    line.tile_px = tile_px;
    line.megapixels_per_second = speed;
    return line;
}

/// In a home of its own.
class Measurements : public testing::Test {
  protected:
    Measurements() {
        fs::create_directories(home_);
        ::setenv("XDG_CONFIG_HOME", home_.c_str(), 1);
        set_log_callback(
            [this](LogLevel /*level*/, std::string_view message) { said_ += std::string(message) + "\n"; });
    }

    ~Measurements() override {
        set_log_callback(nullptr);
        ::unsetenv("XDG_CONFIG_HOME");
        std::error_code ignored;
        fs::remove_all(home_, ignored);
    }

    [[nodiscard]] Candidate candidate(const std::string& name) { return {&engine_, {name, {}, false}}; }

    [[nodiscard]] Measurement line(const std::string& provider, double speed) {
        return line_of(candidate(provider), 0, speed);
    }

    [[nodiscard]] std::vector<std::string> order(const std::vector<Measurement>& lines) {
        std::vector<std::string> names;
        for (const Candidate& each :
             in_measured_order({candidate("a"), candidate("b"), candidate("c"), candidate("d")}, lines, 0)) {
            names.push_back(each.provider.name);
        }
        return names;
    }

    FakeEngine engine_;
    fs::path home_ = fs::path(testing::TempDir()) / ("kizuna-measurements-" + std::to_string(::getpid()));
    std::string said_;
};

/// What is really here, as tune() writes it.
Measurement real_line(const char* provider, double speed) {
    return line_of(candidate_named(provider), 192, speed);
}

TEST_F(Measurements, TheFastestOfThoseMeasuredGoesFirst) {
    EXPECT_THAT(order({}), ElementsAre("a", "b", "c", "d"));
    EXPECT_THAT(order({line("b", 1), line("c", 3), line("d", 2)}), ElementsAre("a", "c", "b", "d"));
    EXPECT_THAT(order({line("b", 2), line("c", 2.1)}), ElementsAre("a", "b", "c", "d"))
        << "that is measuring straying";
}

TEST_F(Measurements, WhatWasMeasuredOnOtherHardwareIsOfNoAccount) {
    Measurement other = line("c", 3);
    other.hardware += " of last year";
    EXPECT_THAT(order({line("b", 1), other, line("d", 2)}), ElementsAre("a", "d", "b", "c"));
    EXPECT_FALSE(measurement_of({other}, candidate("c"), 0));
    EXPECT_TRUE(measurement_of({line("c", 3)}, candidate("c"), 0));
    EXPECT_FALSE(measurement_of({line("c", 3)}, candidate("c"), 1)) << "another card";
}

TEST_F(Measurements, IsKeptForNetworksOfTheSameSizes) {
    Measurement first = line("a", 1.5);
    first.precision = Precision::fp32;
    first.tile_px = 256;
    keep_measurements(network_of(0.1F), tuning_file(), std::vector{first, line("b", 2)});
    keep_measurements(network_of(0.1F), tuning_file(), std::vector{line("b", 3)});
    const auto lines = measurements_of(network_of(0.7F), tuning_file());
    ASSERT_EQ(lines.size(), 2);
    EXPECT_EQ(lines[0].provider, "a");
    EXPECT_EQ(lines[0].precision, Precision::fp32);
    EXPECT_EQ(lines[0].tile_px, 256);
    EXPECT_EQ(lines[0].hardware, first.hardware);
    EXPECT_EQ(lines[1].megapixels_per_second, 3) << "measured again";
    EXPECT_THAT(measurements_of(network_of(0.1F, 3), tuning_file()), IsEmpty());
    EXPECT_EQ(said_, "");
}

TEST_F(Measurements, ATableThatCannotBeReadIsSaidAndReplaced) {
    for (
        const char* text :
        {"", "[", "[]", R"({"measured": 7})", R"({"measured": [{}]})",
         R"({"measured": [{"network": "x", "provider": "a", "device": 0, "hardware": "h", "precision": "fp7",
              "tile_px": 0, "megapixels_per_second": 1}]})",
         R"({"measured": [{"network": "x", "provider": "a", "device": 0, "hardware": "h", "precision": "fp32",
              "tile_px": -1, "megapixels_per_second": 1}]})",
         R"({"measured": [{"network": "x", "provider": "a", "device": 0, "hardware": "h", "precision": "fp32",
              "tile_px": 1, "megapixels_per_second": -1}]})"}) {
        fs::create_directories(tuning_file().parent_path());
        std::ofstream(tuning_file()) << text;
        said_.clear();
        EXPECT_THAT(measurements_of(network_of(0.1F), tuning_file()), IsEmpty());
        EXPECT_THAT(said_, HasSubstr(tuning_file().string())) << text;
        keep_measurements(network_of(0.1F), tuning_file(), std::vector{line("a", 1)});
        EXPECT_EQ(measurements_of(network_of(0.1F), tuning_file()).size(), 1) << text;
    }
}

TEST_F(Measurements, DecidesWhereNobodyHasChosen) {
    if (const std::string problem = test::problem_with("ort-cpu"); !problem.empty()) {
        GTEST_SKIP() << problem;
    }
    const auto network = std::make_shared<const Network>(network_of(0.01F));
    EXPECT_EQ(open_session(network, {}).provider, "cpu");
    keep_measurements(*network, tuning_file(), std::vector{real_line("cpu", 1), real_line("ort-cpu", 2)});
    const OpenedSession opened = open_session(network, {});
    EXPECT_EQ(opened.provider, "ort-cpu");
    EXPECT_EQ(opened.session->best_tile_px(), 192);
    EXPECT_EQ(open_session(network, {.provider = "cpu"}).provider, "cpu");
    EXPECT_EQ(open_session(network, {.provider = "cpu"}).session->best_tile_px(), 192);
    fs::remove(tuning_file());
    EXPECT_EQ(open_session(network, {}).provider, "cpu");
}

TEST_F(Measurements, TakesThePrecisionThatWasFoundToBeBest) {
    const auto network = std::make_shared<const Network>(network_of(0.01F));
    Measurement line = real_line("cpu", 1);
    line.precision = Precision::fp32;
    keep_measurements(*network, tuning_file(), std::vector{line});
    EXPECT_EQ(open_session(network, {}).precision, Precision::fp32);
    EXPECT_EQ(open_session(network, {.provider = "cpu"}).precision, Precision::fp32);
    if (const std::string problem = test::problem_with("ort-cpu"); !problem.empty()) {
        GTEST_SKIP() << problem;
    }
    EXPECT_EQ(open_session(network, {.provider = "ort-cpu"}).precision, Precision::automatic);
}

TEST(HomelessMeasurements, AreNone) {
    const std::string home = std::getenv("HOME") != nullptr ? std::getenv("HOME") : "";
    ::unsetenv("HOME");
    ::unsetenv("XDG_CONFIG_HOME");
    const auto network = std::make_shared<const Network>(network_of(0.01F));
    EXPECT_EQ(open_session(network, {}).provider, "cpu");
    EXPECT_THROW((void)tuning_file(), Error);
    ::setenv("HOME", home.c_str(), 1);
}

} // namespace
} // namespace kizuna
