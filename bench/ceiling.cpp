#include "ceiling.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace {

constexpr std::int64_t rounds = 4'000'000;

// The sums that are under way at once hide how long each takes.
#define KIZUNA_SUMS(DO) DO(0) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7) DO(8) DO(9) DO(10) DO(11)
constexpr double sums = 12;

/// Operations of one thread. The asm says that the sums are wanted, so that nobody leaves them out.
using Work = double (*)();

#if defined(__x86_64__)

// NOLINTBEGIN(cppcoreguidelines-macro-usage): the names of intrinsics' registers cannot come from a template
#define KIZUNA_DECLARE(i) auto sum_##i = _mm512_setzero_ps();
#define KIZUNA_KEEP(i) asm volatile("" : "+v"(sum_##i));
#define KIZUNA_FMA_512(i) sum_##i = _mm512_fmadd_ps(a, b, sum_##i);
#define KIZUNA_DOT_512(i) sum_##i = _mm512_dpbf16_ps(sum_##i, a, b);
#define KIZUNA_DECLARE_256(i) auto sum_##i = _mm256_setzero_ps();
#define KIZUNA_FMA_256(i) sum_##i = _mm256_fmadd_ps(a, b, sum_##i);

// NOLINTEND(cppcoreguidelines-macro-usage)

__attribute__((target("avx2,fma"))) double fma_avx2() {
    auto a = _mm256_setzero_ps();
    auto b = _mm256_setzero_ps();
    asm volatile("" : "+v"(a), "+v"(b));
    KIZUNA_SUMS(KIZUNA_DECLARE_256)
    for (std::int64_t i = 0; i < rounds; ++i) {
        KIZUNA_SUMS(KIZUNA_FMA_256)
        KIZUNA_SUMS(KIZUNA_KEEP)
    }
    return rounds * sums * 8 * 2;
}

__attribute__((target("avx512f"))) double fma_avx512() {
    auto a = _mm512_setzero_ps();
    auto b = _mm512_setzero_ps();
    asm volatile("" : "+v"(a), "+v"(b));
    KIZUNA_SUMS(KIZUNA_DECLARE)
    for (std::int64_t i = 0; i < rounds; ++i) {
        KIZUNA_SUMS(KIZUNA_FMA_512)
        KIZUNA_SUMS(KIZUNA_KEEP)
    }
    return rounds * sums * 16 * 2;
}

__attribute__((target("avx512f,avx512bf16"))) double dot_avx512() {
    auto zero = _mm512_setzero_ps();
    asm volatile("" : "+v"(zero));
    const auto a = (__m512bh)zero;
    const auto b = (__m512bh)zero;
    KIZUNA_SUMS(KIZUNA_DECLARE)
    for (std::int64_t i = 0; i < rounds; ++i) {
        KIZUNA_SUMS(KIZUNA_DOT_512)
        KIZUNA_SUMS(KIZUNA_KEEP)
    }
    return rounds * sums * 32 * 2;
}

// Linux lends the tile registers only to who asks.
bool amx_permitted() {
    constexpr long request_permission = 0x1023; // ARCH_REQ_XCOMP_PERM
    constexpr long tile_data = 18;
    return ::syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
}

bool has_amx_bf16() {
    std::uint32_t a = 0;
    std::uint32_t b = 0;
    std::uint32_t c = 0;
    std::uint32_t d = 0;
    constexpr std::uint32_t bf16_and_tiles = (1U << 22U) | (1U << 24U);
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (d & bf16_and_tiles) == bf16_and_tiles &&
           amx_permitted();
}

__attribute__((target("amx-tile,amx-bf16"))) double dot_amx() {
    struct alignas(64) TileConfiguration {
        std::uint8_t palette = 1;
        std::uint8_t start_row = 0;
        std::uint8_t reserved[14] = {};
        std::uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
        std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
    };

    const TileConfiguration configuration;
    _tile_loadconfig(&configuration);
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    _tile_zero(4);
    _tile_zero(5);
    _tile_zero(6);
    _tile_zero(7);
    constexpr std::int64_t tile_rounds = rounds / 16; // a tile product takes 16 cycles
    for (std::int64_t i = 0; i < tile_rounds; ++i) {
        _tile_dpbf16ps(0, 4, 6);
        _tile_dpbf16ps(1, 4, 7);
        _tile_dpbf16ps(2, 5, 6);
        _tile_dpbf16ps(3, 5, 7);
    }
    _tile_release();
    return tile_rounds * 4.0 * 16 * 16 * 32 * 2;
}

#else

// Four floats each, the size that every 64-bit processor has.
double fma_portable() {
    using Vector __attribute__((vector_size(16))) = float;
    Vector values[12] = {};
    Vector a{1, 1, 1, 1};
    for (std::int64_t i = 0; i < rounds; ++i) {
        for (Vector& value : values) {
            value += a * value;
            asm volatile("" : "+w"(value));
        }
    }
    return rounds * sums * 4 * 2;
}

#endif

// The best of a few: whatever else the machine does can only slow it down.
double operations_per_second(Work work, int threads) {
    constexpr int tries = 5;
    double best = 0;
    for (int i = 0; i < tries; ++i) {
        const auto start = std::chrono::steady_clock::now();
        std::vector<std::thread> workers;
        for (int t = 1; t < threads; ++t) {
            workers.emplace_back(work);
        }
        const double operations = work() * threads;
        for (std::thread& worker : workers) {
            worker.join();
        }
        const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
        best = std::max(best, operations / taken.count());
    }
    return best;
}

} // namespace

Ceiling measure_ceiling(int threads) {
    Ceiling ceiling;
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f")) {
        ceiling.fp32 = operations_per_second(fma_avx512, threads);
    } else if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        ceiling.fp32 = operations_per_second(fma_avx2, threads);
    }
    if (__builtin_cpu_supports("avx512bf16")) {
        ceiling.bf16_vectors = operations_per_second(dot_avx512, threads);
    }
    if (has_amx_bf16()) {
        ceiling.bf16_tiles = operations_per_second(dot_amx, threads);
    }
#else
    ceiling.fp32 = operations_per_second(fma_portable, threads);
#endif
    return ceiling;
}
