#include "base/test_errors.hpp"
#include "formats/torch/test_files.hpp"
#include "formats/torch/torch.hpp"

#include "kizuna/error.hpp"

#include <functional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kizuna {
namespace {

using test::PickleWriter;
using test::ZipEntry;
using testing::ElementsAre;
using testing::HasSubstr;

test::StateDict two_tensors() {
    return {{"a.weight", {{2, 2}, {1, 2, 3, 4}}}, {"a.bias", {{2}, {-5, 6}}}};
}

Weights read(const std::string& file) {
    return read_torch(test::as_bytes(file));
}

std::string refusal_of_file(const std::string& file, ErrorCode code) {
    return test::refusal_of([&] { (void)read(file); }, code);
}

void expect_two_tensors(Weights weights) {
    ASSERT_EQ(weights.size(), 2U);
    const WeightTensor weight = weights.take("a.weight");
    EXPECT_THAT(weight.shape, ElementsAre(2, 2));
    EXPECT_THAT(weight.data, ElementsAre(1, 2, 3, 4));
    EXPECT_THAT(weights.take("a.bias").data, ElementsAre(-5, 6));
}

std::string with_pickle(const PickleWriter& pickle, const std::string& storage) {
    return test::zip({{"x/data.pkl", pickle.done()}, {"x/data/0", storage}});
}

/// A file with one tensor "w".
std::string
one_tensor(const char* type, std::int64_t count, const PickleWriter::View& view, const std::string& storage) {
    PickleWriter pickle;
    pickle.raw("}").text("w").tensor(type, "0", count, view).raw("s");
    return with_pickle(pickle, storage);
}

TEST(ReadTorch, ReadsBothFormsOfFile) {
    EXPECT_TRUE(is_torch(test::as_bytes(test::pth_file(two_tensors()))));
    expect_two_tensors(read(test::pth_file(two_tensors())));
    EXPECT_TRUE(is_torch(test::as_bytes(test::legacy_file(two_tensors()))));
    expect_two_tensors(read(test::legacy_file(two_tensors())));
}

TEST(ReadTorch, ReadsEveryKindOfFloat) {
    const PickleWriter::View view{0, {2}, {1}};
    const std::string half = test::little_endian(0x3E00, 2) + test::little_endian(0xC000, 2);
    EXPECT_THAT(read(one_tensor("HalfStorage", 2, view, half)).take("w").data, ElementsAre(1.5F, -2));
    const std::string brain = test::little_endian(0x3FC0, 2) + test::little_endian(0xC000, 2);
    EXPECT_THAT(read(one_tensor("BFloat16Storage", 2, view, brain)).take("w").data, ElementsAre(1.5F, -2));
    const std::string doubles =
        test::little_endian(0x3FF8000000000000, 8) + test::little_endian(0xC000000000000000, 8);
    EXPECT_THAT(read(one_tensor("DoubleStorage", 2, view, doubles)).take("w").data, ElementsAre(1.5F, -2));
}

TEST(ReadTorch, LaysViewsOutInOrder) {
    const std::string six = test::floats({0, 1, 2, 3, 4, 5});
    EXPECT_THAT( // transposed
        read(one_tensor("FloatStorage", 6, {0, {3, 2}, {1, 3}}, six)).take("w").data,
        ElementsAre(0, 3, 1, 4, 2, 5));
    EXPECT_THAT(
        read(one_tensor("FloatStorage", 6, {1, {2, 2}, {3, 1}}, six)).take("w").data,
        ElementsAre(1, 2, 4, 5));
    EXPECT_THAT(read(one_tensor("FloatStorage", 6, {4, {}, {}}, six)).take("w").data, ElementsAre(4));
    EXPECT_THAT(read(one_tensor("FloatStorage", 6, {0, {0, 2}, {2, 1}}, six)).take("w").data, ElementsAre());
}

TEST(ReadTorch, LetsTensorsShareAStorage) {
    PickleWriter pickle;
    pickle.raw("}(").text("a").tensor("FloatStorage", "0", 3, {0, {2}, {1}});
    pickle.text("b").tensor("FloatStorage", "0", 3, {1, {2}, {1}}).raw("u");
    Weights weights = read(with_pickle(pickle, test::floats({7, 8, 9})));
    EXPECT_THAT(weights.take("a").data, ElementsAre(7, 8));
    EXPECT_THAT(weights.take("b").data, ElementsAre(8, 9));
}

TEST(ReadTorch, RefusesViewsThatLeaveTheirStorage) {
    const std::string six = test::floats({0, 1, 2, 3, 4, 5});
    constexpr std::int64_t huge = std::int64_t{1} << 62;
    for (const PickleWriter::View& view : std::vector<PickleWriter::View>{
             {0, {7}, {1}},
             {1, {6}, {1}},
             {-1, {2}, {1}},
             {0, {2}, {-1}},
             {0, {2, 2}, {4, 2}},
             {6, {}, {}},
             {0, {-2}, {1}},
             {0, {2}, {1, 1}},
             {0, {7}, {0}}, // seven times the same number
         }) {
        refusal_of_file(one_tensor("FloatStorage", 6, view, six), ErrorCode::corrupt);
    }
    refusal_of_file(one_tensor("FloatStorage", 6, {huge, {2}, {huge}}, six), ErrorCode::limit_exceeded);
    refusal_of_file(one_tensor("FloatStorage", 6, {0, {huge, huge}, {1, 1}}, six), ErrorCode::limit_exceeded);
}

TEST(ReadTorch, RefusesASmallFileThatClaimsToBeLarge) {
    constexpr std::int64_t half_a_billion = std::int64_t{1} << 29;
    const PickleWriter::View view{0, {half_a_billion}, {1}};
    refusal_of_file(one_tensor("FloatStorage", half_a_billion, view, "1234"), ErrorCode::limit_exceeded);
    PickleWriter pickle; // many times the same storage
    pickle.raw("}(");
    for (int i = 0; i < 2000; ++i) {
        pickle.text("w" + std::to_string(i)).tensor("FloatStorage", "0", 2000, {0, {2000}, {1}});
    }
    pickle.raw("u");
    refusal_of_file(with_pickle(pickle, std::string(8000, '\0')), ErrorCode::limit_exceeded);
    const std::string entry_claims =
        test::zip({{"x/data.pkl", PickleWriter().raw("}").done()}, {"x/data/0", "1234", 0, 0x7FFFFFFF}});
    EXPECT_EQ(read(entry_claims).size(), 0U) << "what is not asked for is not looked at";
    PickleWriter one;
    one.raw("}").text("w").tensor("FloatStorage", "0", 1, {0, {1}, {1}}).raw("s");
    refusal_of_file(
        test::zip({{"x/data.pkl", one.done()}, {"x/data/0", "1234", 0, 0x7FFFFFFF}}), ErrorCode::corrupt);
}

TEST(ReadTorch, LooksThroughWrappers) {
    for (const char* wrapper : {"params_ema", "params", "state_dict", "model", "net", "model_state_dict"}) {
        PickleWriter pickle;
        pickle.raw("}(").text("epoch").integer(12).text(wrapper);
        test::write_state(pickle, two_tensors());
        pickle.raw("u");
        expect_two_tensors(read(test::archive_of(pickle.done(), two_tensors())));
    }
}

TEST(ReadTorch, PrefersAveragedWeights) {
    PickleWriter pickle;
    pickle.raw("}(").text("params").raw("}").text("w").tensor("FloatStorage", "0", 1, {0, {1}, {1}}).raw("s");
    pickle.text("params_ema").raw("}").text("w").tensor("FloatStorage", "1", 1, {0, {1}, {1}}).raw("su");
    Weights weights = read(test::zip(
        {{"x/data.pkl", pickle.done()}, {"x/data/0", test::floats({1})}, {"x/data/1", test::floats({2})}}));
    EXPECT_THAT(weights.take("w").data, ElementsAre(2));
}

TEST(ReadTorch, LooksThroughWrappersInWrappersAndPrefixes) {
    test::StateDict state = two_tensors();
    for (test::NamedTensor& tensor : state) {
        tensor.name = "module.netG." + tensor.name;
    }
    PickleWriter pickle;
    pickle.raw("}(").text("state_dict").raw("}(").text("params");
    test::write_state(pickle, state);
    pickle.raw("uu");
    expect_two_tensors(read(test::archive_of(pickle.done(), state)));
}

TEST(ReadTorch, PassesOverCountersAndOptimisers) {
    PickleWriter pickle;
    pickle.raw("}(").text("a").tensor("FloatStorage", "0", 1, {0, {1}, {1}});
    pickle.text("num_batches_tracked").tensor("LongStorage", "1", 1, {0, {}, {}});
    pickle.integer(3).text("a key that is a number").text("pro").raw("\x88u");
    Weights weights = read(with_pickle(pickle, test::floats({1})));
    EXPECT_EQ(weights.size(), 1U);
    EXPECT_TRUE(weights.has_flag("num_batches_tracked"));
    EXPECT_TRUE(weights.has_flag("pro"));
}

TEST(ReadTorch, RefusesAnArchiveThatIsNoFileOfWeights) {
    EXPECT_THAT(
        refusal_of_file(test::zip({{"a.txt", "hello"}}), ErrorCode::unsupported), HasSubstr("no data.pkl"));
    const std::string pickle = PickleWriter().raw("}").done();
    EXPECT_THAT(
        refusal_of_file(
            test::zip({{"x/data.pkl", pickle}, {"x/constants.pkl", pickle}}), ErrorCode::unsupported),
        HasSubstr("TorchScript"));
    EXPECT_THAT(
        refusal_of_file(test::zip({{"x/data.pkl", pickle}, {"x/byteorder", "big"}}), ErrorCode::unsupported),
        HasSubstr("big-endian"));
    EXPECT_THAT(
        refusal_of_file(test::zip({{"x/data.pkl", PickleWriter().raw("]").done()}}), ErrorCode::unsupported),
        HasSubstr("no dictionary"));
}

TEST(ReadTorch, RefusesAnArchiveThatIsCompressedOrDamaged) {
    const std::string pickle = PickleWriter().raw("}").done();
    EXPECT_THAT(
        refusal_of_file(
            test::zip({{"x/data.pkl", pickle, 8, std::uint64_t{1} << 30U}}), ErrorCode::unsupported),
        HasSubstr("compressed"));
    EXPECT_THAT(
        refusal_of_file(test::zip({{"x/data.pkl", pickle}, {"x/data.pkl", pickle}}), ErrorCode::corrupt),
        HasSubstr("twice"));
    std::string damaged = test::zip({{"x/data.pkl", PickleWriter().raw("}").text("word").raw("Ns").done()}});
    damaged[damaged.find("word")] = 'W';
    EXPECT_THAT(refusal_of_file(damaged, ErrorCode::corrupt), HasSubstr("damaged"));
    PickleWriter lacking;
    lacking.raw("}").text("w").tensor("FloatStorage", "9", 1, {0, {1}, {1}}).raw("s");
    EXPECT_THAT(refusal_of_file(with_pickle(lacking, "1234"), ErrorCode::corrupt), HasSubstr("data/9"));
    refusal_of_file(one_tensor("FloatStorage", 2, {0, {2}, {1}}, "1234"), ErrorCode::corrupt);
}

TEST(ReadTorch, RefusesAnArchiveWhoseEntriesOverlap) {
    const std::string storage(40'000, '\0');
    PickleWriter pickle;
    pickle.raw("}(");
    std::vector<test::ZipEntry> entries{{"x/data.pkl", ""}};
    for (int i = 0; i < 60; ++i) {
        const std::string key = std::to_string(i);
        pickle.text("w" + key).tensor("FloatStorage", key.c_str(), 10'000, {0, {1}, {1}});
        entries.push_back({"x/data/" + key, storage, 0, 0, i > 0});
    }
    entries[0].content = pickle.raw("u").done();
    EXPECT_THAT(refusal_of_file(test::zip(entries), ErrorCode::corrupt), HasSubstr("overlap"));
}

TEST(ReadTorch, RefusesNamesThatAreTooLong) {
    PickleWriter pickle; // one text, a million times
    pickle.raw("}(").text(std::string(2000, 'n')).raw("q").raw(std::string(1, '\0')).raw("N");
    for (int i = 0; i < 1'000'000; ++i) {
        pickle.raw(std::string("h\0N", 3));
    }
    refusal_of_file(test::zip({{"x/data.pkl", pickle.raw("u").done()}}), ErrorCode::corrupt);
    PickleWriter once;
    once.raw("}").text(std::string(2000, 'n')).raw("Ns");
    EXPECT_THAT(
        refusal_of_file(test::zip({{"x/data.pkl", once.done()}}), ErrorCode::corrupt),
        HasSubstr("2000 characters"));
}

TEST(ReadTorch, RemovesPrefixesAFewTimesOnly) {
    std::string name;
    for (int i = 0; i < 6; ++i) {
        name += "module.";
    }
    EXPECT_TRUE(read(test::pth_file({{name + "w", {{1}, {1}}}})).has("module.module.w"));
}

TEST(ReadTorch, RefusesWeightsThatComeTwice) {
    PickleWriter pickle;
    pickle.raw("}(").text("w").tensor("FloatStorage", "0", 1, {0, {1}, {1}});
    pickle.text("w").tensor("FloatStorage", "0", 1, {0, {1}, {1}}).raw("u");
    EXPECT_THAT(refusal_of_file(with_pickle(pickle, "1234"), ErrorCode::corrupt), HasSubstr("twice"));
}

TEST(ReadTorch, RefusesHostilePicklesInEveryForm) {
    const std::string pickle = PickleWriter().global("os", "system").raw("(").text("true").raw("tR").done();
    EXPECT_THAT(refusal_of_file(pickle, ErrorCode::unsupported), HasSubstr("os.system"));
    EXPECT_THAT(
        refusal_of_file(test::zip({{"x/data.pkl", pickle}}), ErrorCode::unsupported), HasSubstr("os.system"));
    EXPECT_THAT(
        refusal_of_file(test::legacy_header() + pickle, ErrorCode::unsupported), HasSubstr("os.system"));
}

TEST(ReadTorch, RefusesLegacyFilesThatDoNotFit) {
    EXPECT_THAT(
        refusal_of_file(PickleWriter().raw("}").done(), ErrorCode::unsupported),
        HasSubstr("no file of PyTorch's"));
    PickleWriter pickle;
    pickle.raw("}").text("w").tensor("FloatStorage", "0", 1, {0, {1}, {1}}).raw("s");
    const auto file = [&](const PickleWriter& keys, const std::string& numbers) {
        return test::legacy_header() + pickle.done() + keys.done() + numbers;
    };
    const std::string one = test::little_endian(1, 8) + test::floats({4});
    PickleWriter keys;
    keys.raw("](").text("0").raw("e");
    EXPECT_THAT(read(file(keys, one)).take("w").data, ElementsAre(4));
    refusal_of_file(file(keys, test::little_endian(2, 8) + test::floats({4})), ErrorCode::corrupt);
    refusal_of_file(file(keys, one.substr(0, 11)), ErrorCode::corrupt);
    refusal_of_file(file(PickleWriter().raw("]"), one), ErrorCode::corrupt);
    refusal_of_file(file(PickleWriter().raw("](").text("1").raw("e"), one), ErrorCode::corrupt);
    refusal_of_file(
        file(PickleWriter().raw("](").text("0").text("0").raw("e"), one + one), ErrorCode::corrupt);
    refusal_of_file(file(PickleWriter().raw("N"), one), ErrorCode::corrupt);
}

TEST(ReadTorch, NeverTakesACutFileForAWholeOne) {
    test::StateDictBuilder builder;
    builder.conv("body.0", 3, 8, 3);
    for (const std::string& file :
         {test::pth_file(builder.state_dict()), test::legacy_file(builder.state_dict())}) {
        for (std::size_t length = 0; length < file.size(); length += 97) {
            EXPECT_THROW((void)read(file.substr(0, length)), Error) << length << " bytes";
        }
    }
}

} // namespace
} // namespace kizuna
