#include "engine/cpu/scratch.hpp"

#include "engine/cpu/block.hpp"

#include <new>

namespace kizuna::cpu {

namespace {

constexpr std::align_val_t alignment{cache_line_bytes};

} // namespace

void Scratch::Free::operator()(std::byte* memory) const {
    ::operator delete(memory, alignment);
}

std::byte* Scratch::bytes(std::size_t count) {
    if (count > size_) {
        memory_.reset();
        size_ = 0;
        memory_.reset(static_cast<std::byte*>(::operator new(count, alignment)));
        size_ = count;
    }
    return memory_.get();
}

} // namespace kizuna::cpu
