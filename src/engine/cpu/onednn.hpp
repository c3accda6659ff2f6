#pragma once

#include "kizuna/error.hpp"

#include <oneapi/dnnl/dnnl.hpp>

// oneDNN as this engine uses it: on one thread at a time, each of ours for itself.
namespace kizuna::cpu {

/// oneDNN's name for this processor. Made at the first use.
[[nodiscard]] const dnnl::engine& processor();

/// While it lives, oneDNN called from this thread creates and runs everything on this thread alone. Sets back
/// what was set before: the thread may be the host's.
class OneThread {
  public:
    OneThread();
    OneThread(const OneThread&) = delete;
    OneThread& operator=(const OneThread&) = delete;
    ~OneThread();

  private:
    int before_ = 0;
};

/// What oneDNN says, as our error.
[[nodiscard]] Error translated(const dnnl::error& error);

/// True where the processor multiplies bf16 itself (AVX512-BF16 or AMX): elsewhere it is slower than float32.
[[nodiscard]] bool has_bf16();

/// True where it multiplies whole matrices of bf16 (AMX).
[[nodiscard]] bool has_bf16_matrices();

/// "2.6.3".
[[nodiscard]] std::string onednn_version();

} // namespace kizuna::cpu
