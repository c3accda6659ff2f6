#pragma once

#include "engine/engine.hpp"
#include "engine/onnxruntime/invoke.hpp"

#include <span>
#include <vector>

namespace kizuna::ort {

/// Runs a network on planes of floats. Thread-safe.
class PlaneRunner {
  public:
    /// `givens`: of the network's inputs, how many there are beside the picture. Throws Error{bad_network} or
    /// {unsupported} where it does not take a picture and give one.
    PlaneRunner(Ort::Session session, std::size_t givens);

    /// As Session::run.
    void run(const Tensor& in, std::span<const Tensor> given, Tensor& out, const CancelToken& cancel);

  private:
    /// A tensor that has its numbers in `data`.
    [[nodiscard]] Ort::Value wrap(std::span<const float> data, const Shape& shape) const;
    Ort::Value run_batch(
        std::span<const float> data, const Shape& shape, std::vector<Ort::Value> given,
        const CancelToken& cancel);
    Ort::Value run_tensors(const std::vector<Ort::Value>& tensors, const CancelToken& cancel);
    void append(const Ort::Value& result, Tensor& out) const;

    Ort::Session session_;
    std::vector<Port> inputs_; ///< the picture, then what is given
    std::vector<Port> output_; ///< one
    Ort::MemoryInfo memory_;
};

} // namespace kizuna::ort
