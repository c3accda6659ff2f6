#include "engine/onnxruntime/byte_runner.hpp"

#include "base/checked.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <cmath>
#include <new>
#include <utility>

#include <fmt/format.h>

namespace kizuna::ort {

namespace {

std::size_t product(const std::vector<std::int64_t>& sides) {
    std::size_t count = 1;
    for (const std::int64_t side : sides) {
        count = checked_mul(count, checked_cast<std::size_t>(side));
    }
    return count;
}

} // namespace

ByteRunner::ByteRunner(Ort::Session session, const std::optional<Ort::MemoryInfo>& pinned)
    : session_(std::move(session))
    , inputs_{input_port(session_, 0)}
    , outputs_{output_port(session_, 0), output_port(session_, 1)}
    , memory_(session_, pinned) {}

bool ByteRunner::run(const ByteTile& in, ByteTile& out, const CancelToken& cancel) {
    if (product({in.height, in.width, in.channels}) != in.data.size() || in.data.empty()) {
        throw Error(
            ErrorCode::internal, fmt::format(
                                     "a tile of {} bytes was said to be {}×{} with {} channels",
                                     in.data.size(), in.width, in.height, in.channels));
    }
    try {
        auto lane = take_lane();
        const bool good = run_in(*lane, in, out, cancel); // after an error its memory is given up
        give_back(std::move(lane));
        return good;
    } catch (const std::bad_alloc&) {
        throw Error(ErrorCode::out_of_memory, "there is not enough memory for a tile");
    }
}

bool ByteRunner::run_in(Lane& lane, const ByteTile& in, ByteTile& out, const CancelToken& cancel) {
    const Sides sides{1, in.height, in.width, in.channels};
    std::copy(in.data.begin(), in.data.end(), lane.in.room(in.data.size(), memory_));
    std::vector<Ort::Value> given;
    given.push_back(lane.in.tensor(sides, in.data.size(), memory_));
    std::vector<Ort::Value> results(2);
    if (const Sides known = known_result(sides); !known.empty()) {
        results[0] = lane.out.tensor(known, product(known), memory_);
    }
    invoke(session_, inputs_, given, outputs_, results, cancel);
    const auto info = results[0].GetTensorTypeAndShapeInfo();
    const Sides found = info.GetShape();
    if (found.size() != sides.size() || found[0] != 1) {
        throw Error(ErrorCode::bad_network, "the network gave something else than a picture");
    }
    {
        const std::lock_guard lock(mutex_);
        results_[sides] = found;
    }
    out.height = found[1];
    out.width = found[2];
    out.channels = found[3];
    const auto* const bytes = results[0].GetTensorData<std::uint8_t>();
    out.data.assign(bytes, bytes + info.GetElementCount());
    return std::isfinite(*results[1].GetTensorData<float>());
}

std::unique_ptr<ByteRunner::Lane> ByteRunner::take_lane() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) {
        return std::make_unique<Lane>();
    }
    auto lane = std::move(idle_.back());
    idle_.pop_back();
    return lane;
}

void ByteRunner::give_back(std::unique_ptr<Lane> lane) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(lane));
}

ByteRunner::Sides ByteRunner::known_result(const Sides& in) {
    const std::lock_guard lock(mutex_);
    const auto found = results_.find(in);
    return found == results_.end() ? Sides{} : found->second;
}

} // namespace kizuna::ort
