#include "engine/cpu/onednn.hpp"

#include <algorithm>

#include <fmt/format.h>

// oneDNN's threads are OpenMP's, in Debian and most other builds; their number is set for the calling thread.
// Declared here so that any compiler will do, with or without its own OpenMP.
#if DNNL_CPU_THREADING_RUNTIME == DNNL_RUNTIME_OMP
extern "C" {
void omp_set_num_threads(int threads); // NOLINT(readability-identifier-naming)
int omp_get_max_threads();             // NOLINT(readability-identifier-naming)
}
#endif

namespace kizuna::cpu {

namespace {

/// oneDNN keeps the last 1024 primitives made, with their machine code of up to some hundred kilobytes each.
/// A network needs about 30 for one size of tile.
constexpr int kept_primitives = 128;

// Each instruction set's number has the bits of those that it contains.
bool has(dnnl::cpu_isa isa) {
    const auto needed = static_cast<unsigned>(isa);
    return (static_cast<unsigned>(dnnl::get_effective_cpu_isa()) & needed) == needed;
}

} // namespace

const dnnl::engine& processor() {
    static const dnnl::engine engine = [] {
        dnnl::set_primitive_cache_capacity(std::min(dnnl::get_primitive_cache_capacity(), kept_primitives));
        return dnnl::engine(dnnl::engine::kind::cpu, 0);
    }();
    return engine;
}

#if DNNL_CPU_THREADING_RUNTIME == DNNL_RUNTIME_OMP
OneThread::OneThread()
    : before_(omp_get_max_threads()) {
    omp_set_num_threads(1);
}

OneThread::~OneThread() {
    omp_set_num_threads(before_);
}
#else // sequential: CMakeLists.txt takes no other
OneThread::OneThread() = default;
OneThread::~OneThread() = default;
#endif

Error translated(const dnnl::error& error) {
    if (error.status == dnnl_out_of_memory) {
        return {ErrorCode::out_of_memory, "oneDNN has not enough memory for a tile"};
    }
    return {ErrorCode::engine_failed, fmt::format("oneDNN failed: {}", error.what())};
}

bool has_bf16() {
    return has(dnnl::cpu_isa::avx512_core_bf16);
}

bool has_bf16_matrices() {
    return has(dnnl::cpu_isa::avx512_core_amx);
}

std::string onednn_version() {
    const dnnl_version_t* const version = dnnl::version();
    return fmt::format("{}.{}.{}", version->major, version->minor, version->patch);
}

} // namespace kizuna::cpu
