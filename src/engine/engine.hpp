#pragma once

#include "graph/network.hpp"
#include "graph/onnx_form.hpp"

#include "kizuna/cancel.hpp"
#include "kizuna/precision.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// What runs a network. An engine sees a batch of planar float tiles and gives back a batch of planar float
// tiles; it never hears of images, files, overlap, or alpha. Engines are folders beside this file; one never
// includes another.
namespace kizuna {

struct SessionOptions {
    int device = 0;  ///< which of the provider's devices
    int threads = 0; ///< for providers that run on the processor; 0 = as many as this process may use
    /// What the engine does not have is Error{unsupported}.
    Precision precision = Precision::automatic;
    /// Writes a Graph as ONNX. Engines that run ONNX ask for it where Network::onnx is empty, or not in the
    /// form that suits the device.
    std::function<std::vector<std::byte>(const Graph&, const OnnxForm&)> write_onnx;
    /// For what is worth keeping until the next time, as networks that were compiled for a card; empty =
    /// nothing is kept.
    std::filesystem::path cache_folder;
};

/// A part of a picture of 8 bits: rows of interleaved samples, packed.
struct ByteTile {
    std::int64_t width = 0;
    std::int64_t height = 0;
    std::int64_t channels = 0;
    std::vector<std::uint8_t> data;
};

/// What is to be known of runs besides their results.
struct RunNotes {
    /// Times that a tile was computed again, because the device failed or its result could not be right.
    std::uint64_t repeats = 0;
};

/// One network opened on one device. `run` may be called from several threads at once.
class Session {
  public:
    Session() = default;
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    virtual ~Session() = default;

    /// `out` gets the network's result and its shape; its memory is reused where it is large enough. The
    /// result is whatever the network gave: the caller checks shape and values. `given` are the values of the
    /// Graph's Given nodes, in order. Throws Error{out_of_memory} (the session can go on with smaller tiles),
    /// {cancelled} soon after `cancel` asks, {engine_failed} with the engine's own words.
    virtual void
    run(const Tensor& in, std::span<const Tensor> given, Tensor& out, const CancelToken& cancel) = 0;

    /// The same, for sessions that have more than one way to a result; adds to `notes`.
    virtual void
    run(const Tensor& in, std::span<const Tensor> given, Tensor& out, const CancelToken& cancel,
        RunNotes& /*notes*/) {
        run(in, given, out, cancel);
    }

    /// For networks without Given nodes.
    void run(const Tensor& in, Tensor& out, const CancelToken& cancel) { run(in, {}, out, cancel); }

    /// Whether pictures of 8 bits should come as bytes, and the results are wanted so: on cards a quarter of
    /// the floats' way, and no work here.
    [[nodiscard]] virtual bool takes_bytes() const { return false; }

    /// Only where takes_bytes(), and for networks without Given nodes: one tile, clipped to 0 to 255 and
    /// rounded half up. False where the result cannot be right, and is to be computed by `run`. Throws as
    /// `run`.
    [[nodiscard]] virtual bool
    run_bytes(const ByteTile& /*in*/, ByteTile& /*out*/, const CancelToken& /*cancel*/) {
        return false;
    }

    /// What it computes in, never Precision::automatic; of several devices, what the first does.
    [[nodiscard]] virtual Precision precision() const { return Precision::fp32; }

    /// How many runs at a time keep the session's device, or all of its devices, busy.
    [[nodiscard]] virtual int parallel_runs() const { return 1; }

    /// Asked where the device has no memory for a tile however small it is. True where the session goes on
    /// with another device from now on.
    virtual bool leave_device(std::string_view /*why*/) { return false; }

    /// Memory that tiles may use on the session's device, in bytes; 0 = not known.
    [[nodiscard]] virtual std::uint64_t free_memory_bytes() const = 0;

    /// Whether that memory is a card's own, which nobody else is waiting for.
    [[nodiscard]] virtual bool has_own_memory() const { return false; }

    /// How much of that memory a tile takes for each of its pixels, with all that goes with it, in bytes; 0 =
    /// nobody has measured it.
    [[nodiscard]] virtual double bytes_per_pixel() const { return 0; }

    /// Side of a tile, without what tiles share: larger ones are not faster here, or not by what they cost in
    /// memory. By default 384, where a radius of 18 costs 20 % of the work (at 256 30 %, at 512 15 %).
    [[nodiscard]] virtual std::int64_t best_tile_px() const { return 384; }

    /// Where each size of tile is prepared for before the first of that size is run: sides that are multiples
    /// of this are best, so that pictures of many sizes make do with a few.
    [[nodiscard]] virtual std::int64_t tile_step_px() const { return 1; }
};

/// A way to run networks, as the user names it.
struct Provider {
    std::string name;                 ///< "cuda", "webgpu", "cpu", …: what --provider takes
    std::vector<std::string> aliases; ///< ONNX Runtime's own names ("CUDAExecutionProvider") and others
    bool on_cpu = false;
};

/// Thread-safe.
class Engine {
  public:
    Engine() = default;
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;
    virtual ~Engine() = default;

    /// For people: "ONNX Runtime 1.30.0"; where it cannot run, its plain name.
    [[nodiscard]] virtual std::string description() const = 0;

    /// In the order in which `auto` should try them. A list of names: it opens nothing.
    [[nodiscard]] virtual std::vector<Provider> providers() const = 0;

    /// Why this provider, by any of its names, cannot be used here, where that is known without opening a
    /// session (not compiled in, no library, no such card, another system's); empty where it is worth a try.
    /// May open the engine's library, if a look at the file system does not settle it.
    [[nodiscard]] virtual std::string problem_of(std::string_view provider) const = 0;

    /// Throws Error{device_unavailable} with the cause where the provider or device cannot be used,
    /// Error{unsupported} where it cannot run this network, naming the operator.
    [[nodiscard]] virtual std::unique_ptr<Session>
    open(const Network& network, std::string_view provider, const SessionOptions& options) = 0;
};

} // namespace kizuna
