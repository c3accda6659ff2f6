#include "base/test_errors.hpp"
#include "formats/torch/pickle.hpp"
#include "formats/torch/test_files.hpp"

#include "kizuna/error.hpp"

#include <functional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kizuna::torch {
namespace {

using test::PickleWriter;
using testing::HasSubstr;

Unpickled read(const std::string& pickle) {
    return unpickle(test::as_bytes(pickle));
}

std::string refusal_of_pickle(const std::string& pickle, ErrorCode code) {
    return test::refusal_of([&] { (void)read(pickle); }, code);
}

TEST(Pickle, ReadsValues) {
    PickleWriter writer;
    writer.raw("}(").text("a").integer(-7).text("b").raw("]").text("c").raw("K\x05N\x88\x87u");
    const Unpickled pickle = read(writer.done());
    const auto* dict = pickle.get<Dict>(pickle.root);
    ASSERT_NE(dict, nullptr);
    ASSERT_EQ(dict->items.size(), 3U);
    EXPECT_EQ(*pickle.get<std::int64_t>(dict->items[0].second), -7);
    const auto* tuple = pickle.get<Tuple>(dict->items[2].second);
    ASSERT_NE(tuple, nullptr);
    EXPECT_EQ(tuple->items.size(), 3U);
    EXPECT_EQ(pickle.size, writer.done().size());
}

TEST(Pickle, ReadsProtocolFour) {
    // {"k": (1.5, 300)} as Python writes it with frames and a memo.
    constexpr char body[] =
        "\x80\x04\x95\x14\0\0\0\0\0\0\0}\x94\x8c\x01k\x94G?\xf8\0\0\0\0\0\0M,\x01\x86\x94s.";
    const Unpickled pickle = read(std::string(body, sizeof body - 1));
    const auto* dict = pickle.get<Dict>(pickle.root);
    ASSERT_NE(dict, nullptr);
    const auto* tuple = pickle.get<Tuple>(dict->items.at(0).second);
    ASSERT_NE(tuple, nullptr);
    EXPECT_EQ(*pickle.get<double>(tuple->items[0]), 1.5);
    EXPECT_EQ(*pickle.get<std::int64_t>(tuple->items[1]), 300);
}

TEST(Pickle, ReadsATensorAndWhatItIsAViewOf) {
    PickleWriter writer;
    writer.tensor("HalfStorage", "3", 20, {2, {2, 3}, {6, 1}});
    const Unpickled pickle = read(writer.done());
    const auto* tensor = pickle.get<TensorRef>(pickle.root);
    ASSERT_NE(tensor, nullptr);
    EXPECT_EQ(tensor->view.offset, 2);
    EXPECT_THAT(tensor->view.shape, testing::ElementsAre(2, 3));
    EXPECT_THAT(tensor->view.strides, testing::ElementsAre(6, 1));
    const Storage& storage = pickle.storages.at(tensor->storage);
    EXPECT_EQ(storage.key, "3");
    EXPECT_EQ(storage.count, 20);
    EXPECT_EQ(storage.element, Element::float16);
}

TEST(Pickle, ReadsParametersAndVersionNotes) {
    PickleWriter writer;
    writer.empty_ordered_dict().raw("(").text("w").global("torch._utils", "_rebuild_parameter").raw("(");
    writer.tensor("FloatStorage", "0", 1, {0, {1}, {1}}).raw("\x88").empty_ordered_dict().raw("tRu");
    writer.raw("}(").text("_metadata").empty_ordered_dict().raw("ub"); // BUILD on a dictionary is a note
    const Unpickled pickle = read(writer.done());
    const auto* dict = pickle.get<Dict>(pickle.root);
    ASSERT_NE(dict, nullptr);
    ASSERT_EQ(dict->items.size(), 1U);
    EXPECT_NE(pickle.get<TensorRef>(dict->items[0].second), nullptr);
}

TEST(Pickle, ReadsDictionariesAsPython2WroteThem) {
    PickleWriter writer;
    writer.global("collections", "OrderedDict")
        .raw("(](](")
        .text("w")
        .integer(5)
        .raw("ee"
             "tR");
    const Unpickled pickle = read(writer.done());
    const auto* dict = pickle.get<Dict>(pickle.root);
    ASSERT_NE(dict, nullptr);
    ASSERT_EQ(dict->items.size(), 1U);
    EXPECT_EQ(*pickle.get<std::int64_t>(dict->items[0].second), 5);
}

struct Trick {
    const char* what;
    std::string pickle;
    const char* named; ///< in the message
};

void PrintTo(const Trick& trick, std::ostream* out) {
    *out << trick.what;
}

class HostilePickle : public testing::TestWithParam<Trick> {};

TEST_P(HostilePickle, IsRefusedByName) {
    EXPECT_THAT(refusal_of_pickle(GetParam().pickle, ErrorCode::unsupported), HasSubstr(GetParam().named));
}

std::vector<Trick> tricks() {
    const auto call = [](std::string_view module, std::string_view name) {
        return PickleWriter().global(module, name).raw("(").text("touch /tmp/x").raw("tR").done();
    };
    const auto on_stack = [](std::string_view module, std::string_view name) {
        return PickleWriter().text(module).text(name).raw("\x93)R").done();
    };
    const auto hooks = PickleWriter()
                           .global("torch._utils", "_rebuild_tensor_v2")
                           .raw("(")
                           .storage("FloatStorage", "0", 1)
                           .integer(0)
                           .integers({1})
                           .integers({1})
                           .raw("\x89}(")
                           .integer(0)
                           .text("hook")
                           .raw("utR")
                           .done();
    const auto other_id = PickleWriter().raw("(").text("module").text("os").raw("tQ").done();
    const auto build_list = PickleWriter().raw("]}(").text("__setstate__").text("x").raw("ub").done();
    const auto build_text = PickleWriter().empty_ordered_dict().text("state").raw("b").done();
    const auto build_tensor = PickleWriter()
                                  .tensor("FloatStorage", "0", 1, {0, {1}, {1}})
                                  .raw("}(")
                                  .text("__class__")
                                  .raw("Nub")
                                  .done();
    // Kept under a number and fetched again, called with arguments that were.
    const auto memoised =
        PickleWriter().text("os").raw("\x94").text("popen").raw(std::string("\x94h\0h\1\x93", 6)).done();
    const auto behind_weights = PickleWriter()
                                    .raw("}(")
                                    .text("w")
                                    .tensor("FloatStorage", "0", 1, {0, {1}, {1}})
                                    .text("x")
                                    .global("runpy", "_run_code")
                                    .raw("u")
                                    .done();
    const auto in_an_argument = PickleWriter()
                                    .global("collections", "OrderedDict")
                                    .raw("(")
                                    .global("webbrowser", "open")
                                    .raw("tR")
                                    .done();
    const auto as_storage =
        PickleWriter().raw("(").text("storage").global("importlib", "import_module").raw("tQ").done();
    const auto of_protocol_four =
        std::string("\x80\x04\x95\x10\0\0\0\0\0\0\0\x8c\x02nt\x8c\x06system\x93", 25) + "\x8c\x01x\x85R.";
    return {
        {"os.system", call("os", "system"), "os.system"},
        {"nt.system as protocol 4 writes it", of_protocol_four, "nt.system"},
        {"a name that is kept and fetched", memoised, "os.popen"},
        {"a function among the weights", behind_weights, "runpy._run_code"},
        {"a function as an argument", in_an_argument, "webbrowser.open"},
        {"a function as a storage's type", as_storage, "importlib.import_module"},
        {"exec", call("builtins", "exec"), "builtins.exec"},
        {"compile", call("builtins", "compile"), "builtins.compile"},
        {"open", call("io", "open"), "io.open"},
        {"a pickle in the pickle", call("pickle", "loads"), "pickle.loads"},
        {"_pickle", call("_pickle", "loads"), "_pickle.loads"},
        {"attrgetter", call("operator", "attrgetter"), "operator.attrgetter"},
        {"partial", call("functools", "partial"), "functools.partial"},
        {"codecs", call("_codecs", "encode"), "_codecs.encode"},
        {"ctypes", call("ctypes", "CDLL"), "ctypes.CDLL"},
        {"sockets", call("socket", "create_connection"), "socket.create_connection"},
        {"shutil", call("shutil", "rmtree"), "shutil.rmtree"},
        {"a debugger", call("bdb", "Bdb"), "bdb.Bdb"},
        {"pip", call("pip", "main"), "pip.main"},
        {"a network of torch.hub", call("torch.hub", "load"), "torch.hub.load"},
        {"a script of torch.jit", call("torch.jit", "load"), "torch.jit.load"},
        {"torch's own storage reader", call("torch.storage", "_load_from_bytes"), "_load_from_bytes"},
        {"code in torch", call("torch._dynamo.guards", "GuardBuilder"), "torch._dynamo.guards.GuardBuilder"},
        {"posix.system", call("posix", "system"), "posix.system"},
        {"eval", call("builtins", "eval"), "builtins.eval"},
        {"eval of Python 2", call("__builtin__", "eval"), "__builtin__.eval"},
        {"getattr", call("builtins", "getattr"), "builtins.getattr"},
        {"subprocess", call("subprocess", "Popen"), "subprocess.Popen"},
        {"a global from the stack", on_stack("os", "system"), "os.system"},
        {"a nested global", on_stack("torch", "_utils.os.system"), "torch._utils.os.system"},
        {"a dotted name in a known module", call("collections", "OrderedDict.__init__"),
         "OrderedDict.__init__"},
        {"an import by torch", call("torch._utils", "_import_dotted_name"), "_import_dotted_name"},
        {"torch.load in torch.load", call("torch", "load"), "torch.load"},
        {"a whole network", call("basicsr.archs.rrdbnet_arch", "RRDBNet"), "rrdbnet_arch.RRDBNet"},
        {"numpy", call("numpy.core.multiarray", "_reconstruct"), "numpy.core.multiarray._reconstruct"},
        {"a name with control characters", call("os\x1b[2J", "system"), "os?[2J.system"},
        {"a storage that is called", call("torch", "FloatStorage"), "torch.FloatStorage"},
        {"a call of what is no function", PickleWriter().text("os.system").raw(")R").done(), "no function"},
        {"a tensor with hooks", hooks, "hooks"},
        {"a persistent id of another kind", other_id, "persistent id"},
        {"a persistent id that is no tuple", PickleWriter().text("x").raw("Q").done(), "persistent id"},
        {"a persistent id as text", PickleWriter().raw("Pos\n").done(), "PERSID"},
        {"INST", PickleWriter().raw("(ios\nsystem\n").done(), "INST"},
        {"OBJ", PickleWriter().raw("(").global("collections", "OrderedDict").raw("o").done(), "OBJ"},
        {"NEWOBJ", PickleWriter().global("collections", "OrderedDict").raw(")\x81").done(), "NEWOBJ"},
        {"NEWOBJ_EX", PickleWriter().global("collections", "OrderedDict").raw(")}\x92").done(), "NEWOBJ_EX"},
        {"an extension code", PickleWriter().raw("\x82\x01").done(), "EXT1"},
        {"an extension code of two bytes", PickleWriter().raw("\x83\x01\x01").done(), "EXT2"},
        {"an extension code of four bytes", PickleWriter().raw("\x84\x01\x01\x01\x01").done(), "EXT4"},
        {"POP_MARK", PickleWriter().raw("(1").done(), "POP_MARK"},
        {"another protocol within", PickleWriter().raw("\x80\x05N").done(), "PROTO"},
        {"bytes from outside", PickleWriter().raw("\x97").done(), "NEXT_BUFFER"},
        {"bytes", PickleWriter().raw("C\x01x").done(), "SHORT_BINBYTES"},
        {"bytes of protocol 5", PickleWriter().raw("\x96").done(), "BYTEARRAY8"},
        {"a set", PickleWriter().raw("\x8f").done(), "EMPTY_SET"},
        {"a frozen set", PickleWriter().raw("(\x91").done(), "FROZENSET"},
        {"a number as text", PickleWriter().raw("I01\n").done(), "INT"},
        {"a text of protocol 0", PickleWriter().raw("Vx\n").done(), "UNICODE"},
        {"a quoted text of protocol 0", PickleWriter().raw("S'x'\n").done(), "STRING"},
        {"a name fetched by text", PickleWriter().raw("Ng0\n").done(), "GET"},
        {"a name kept by text", PickleWriter().raw("Np0\n").done(), "PUT"},
        {"DUP", PickleWriter().raw("]2").done(), "DUP"},
        {"POP", PickleWriter().raw("]0").done(), "POP"},
        {"BUILD of a list", build_list, "BUILD"},
        {"BUILD of a tensor", build_tensor, "BUILD"},
        {"BUILD with a state that is no dictionary", build_text, "BUILD"},
        {"an unknown instruction", PickleWriter().raw("\xff").done(), "0xff"},
        {"items for what is no dictionary", PickleWriter().raw("](NNu").done(), "no list or dictionary"},
        {"protocol 0", std::string("\x80\x00N.", 4), "protocol 0"},
    };
}

INSTANTIATE_TEST_SUITE_P(Tricks, HostilePickle, testing::ValuesIn(tricks()));

TEST(HostilePickle, LaughsABillionTimesForNothing) {
    PickleWriter writer;
    writer.text("lol").raw("q").raw(std::string(1, '\0'));
    for (int level = 0; level < 64; ++level) { // ten of the level below, each: 10^64 words
        const std::string below(1, static_cast<char>(level));
        writer.raw("](");
        for (int i = 0; i < 10; ++i) {
            writer.raw("h" + below);
        }
        writer.raw("eq").raw(std::string(1, static_cast<char>(level + 1)));
    }
    EXPECT_LT(read(writer.done()).values.size(), 100U);
}

TEST(HostilePickle, MayContainItself) {
    const Unpickled pickle = read(PickleWriter().raw("]q").raw(std::string("\0h\0a", 4)).done());
    const auto* list = pickle.get<List>(pickle.root);
    ASSERT_NE(list, nullptr);
    EXPECT_THAT(list->items, testing::ElementsAre(pickle.root));
}

TEST(HostilePickle, CannotHaveAListCopiedOften) {
    PickleWriter writer; // a list of a thousand pairs, made into a dictionary a thousand times
    writer.raw("]q").raw(std::string(1, '\0')).raw("(");
    for (int i = 0; i < 1000; ++i) {
        writer.raw("NN\x86");
    }
    writer.raw("e").global("collections", "OrderedDict").raw("q\x01");
    for (int i = 0; i < 1000; ++i) {
        writer.raw(std::string("h\x01h\0\x85R", 6));
    }
    const Unpickled pickle = read(writer.done());
    std::size_t items = 0;
    for (const Value& value : pickle.values) {
        const auto* dict = std::get_if<Dict>(&value);
        items += dict == nullptr ? 0 : dict->items.size();
    }
    EXPECT_LE(items, 1000U);
}

TEST(HostilePickle, IsLimited) {
    EXPECT_THAT(
        refusal_of_pickle(
            PickleWriter().raw(std::string(max_pickle_values + 1, ']')).done(), ErrorCode::limit_exceeded),
        HasSubstr("values"));
    EXPECT_THAT(
        refusal_of_pickle(
            PickleWriter().raw(std::string(max_pickle_values + 1, '(')).done(), ErrorCode::limit_exceeded),
        HasSubstr("values"));
    const std::string words = PickleWriter().text(std::string(max_pickle_bytes, 'a')).done();
    refusal_of_pickle(words, ErrorCode::corrupt);
    std::string puts("\x80\x02N", 3);
    for (std::uint32_t i = 0; i <= max_pickle_values; ++i) {
        puts += "r" + test::little_endian(i, 4);
    }
    refusal_of_pickle(puts + ".", ErrorCode::limit_exceeded);
}

TEST(HostilePickle, TakesNothingFromAnEmptyStack) {
    for (const char* body :
         {"R", "a", "e", "s", "u", "t", "b", "Q", "\x93", "\x85", "q\x01", "h\x05", "(.", "]((a", "]((.",
          ""}) {
        refusal_of_pickle("\x80\x02" + std::string(body) + ".", ErrorCode::corrupt);
    }
}

TEST(HostilePickle, MayNotEndEarly) {
    PickleWriter writer;
    writer.raw("}(").text("name").tensor("FloatStorage", "0", 1, {0, {1}, {1}}).raw("u");
    const std::string whole = writer.done();
    for (std::size_t length = 0; length < whole.size(); ++length) {
        refusal_of_pickle(whole.substr(0, length), ErrorCode::corrupt);
    }
    for (const char* claim :
         {"X\xff\xff\xff\xff", "T\xff\xff\xff\x7f", "U\xff", "\x8a\xff", "\x95\xff", "cos"}) {
        refusal_of_pickle("\x80\x02" + std::string(claim), ErrorCode::corrupt);
    }
}

TEST(HostilePickle, MustDescribeTensorsByTheirParts) {
    const auto tensor = [](const std::function<void(PickleWriter&)>& parts) {
        PickleWriter writer;
        writer.global("torch._utils", "_rebuild_tensor_v2").raw("(");
        parts(writer);
        return writer.raw("tR").done();
    };
    refusal_of_pickle(tensor([](PickleWriter&) {}), ErrorCode::corrupt);
    refusal_of_pickle(
        tensor([](PickleWriter& w) { w.text("x").integer(0).integers({1}).integers({1}).raw("\x89N"); }),
        ErrorCode::corrupt);
    refusal_of_pickle(
        tensor([](PickleWriter& w) {
            w.storage("FloatStorage", "0", 1).integer(0).integers(std::vector<std::int64_t>(9, 1));
            w.integers(std::vector<std::int64_t>(9, 1)).raw("\x89N");
        }),
        ErrorCode::corrupt);
    refusal_of_pickle(PickleWriter().storage("FloatStorage", "0", -1).done(), ErrorCode::corrupt);
    refusal_of_pickle(
        PickleWriter().storage("FloatStorage", std::string(300, 'k'), 1).done(), ErrorCode::corrupt);
    refusal_of_pickle(
        PickleWriter()
            .raw("(")
            .storage("FloatStorage", "0", 1)
            .storage("HalfStorage", "0", 1)
            .raw("t")
            .done(),
        ErrorCode::corrupt);
}

} // namespace
} // namespace kizuna::torch
