#include "formats/torch/opcodes.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

namespace kizuna::torch {

namespace {

struct RefusedOpcode {
    std::uint8_t opcode;
    std::string_view name;
};

/// Those that hostile files are made of, and those that only other pickles have.
constexpr std::array refused_opcodes{
    RefusedOpcode{'i', "INST (makes an object of any class)"},
    RefusedOpcode{'o', "OBJ (makes an object of any class)"},
    RefusedOpcode{0x81, "NEWOBJ (makes an object of any class)"},
    RefusedOpcode{0x92, "NEWOBJ_EX (makes an object of any class)"},
    RefusedOpcode{'P', "PERSID (a persistent id as text)"},
    RefusedOpcode{0x82, "EXT1 (a class from a registry)"},
    RefusedOpcode{0x83, "EXT2 (a class from a registry)"},
    RefusedOpcode{0x84, "EXT4 (a class from a registry)"},
    RefusedOpcode{'2', "DUP"},
    RefusedOpcode{'0', "POP"},
    RefusedOpcode{'1', "POP_MARK"},
    RefusedOpcode{0x80, "PROTO (within a pickle)"},
    RefusedOpcode{'F', "FLOAT"},
    RefusedOpcode{'I', "INT"},
    RefusedOpcode{'L', "LONG"},
    RefusedOpcode{'S', "STRING"},
    RefusedOpcode{'V', "UNICODE"},
    RefusedOpcode{'g', "GET"},
    RefusedOpcode{'p', "PUT"},
    RefusedOpcode{'B', "BINBYTES"},
    RefusedOpcode{'C', "SHORT_BINBYTES"},
    RefusedOpcode{0x8B, "LONG4"},
    RefusedOpcode{0x8D, "BINUNICODE8"},
    RefusedOpcode{0x8E, "BINBYTES8"},
    RefusedOpcode{0x8F, "EMPTY_SET"},
    RefusedOpcode{0x90, "ADDITEMS"},
    RefusedOpcode{0x91, "FROZENSET"},
    RefusedOpcode{0x96, "BYTEARRAY8"},
    RefusedOpcode{0x97, "NEXT_BUFFER (bytes from outside the file)"},
    RefusedOpcode{0x98, "READONLY_BUFFER"},
};

} // namespace

std::string refused_name(std::uint8_t opcode) {
    const auto* found =
        std::find_if(refused_opcodes.begin(), refused_opcodes.end(), [opcode](const RefusedOpcode& refused) {
            return refused.opcode == opcode;
        });
    return found == refused_opcodes.end() ? fmt::format("{:#04x}", opcode) : std::string(found->name);
}

} // namespace kizuna::torch
