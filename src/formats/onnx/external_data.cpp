#include "formats/onnx/external_data.hpp"

#include "base/byte_stream.hpp"
#include "base/checked.hpp"
#include "formats/architectures/weights.hpp"
#include "formats/onnx/literal.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

namespace kizuna::onnx_format {

namespace {

namespace fs = std::filesystem;

using onnx::TensorProto;

/// What a protobuf message may have.
constexpr std::uint64_t max_bytes = std::numeric_limits<std::int32_t>::max();

/// Where a tensor's data is, as the file says.
struct Place {
    std::string location;
    std::uint64_t offset = 0;
    std::optional<std::uint64_t> length; ///< without it: as much as the tensor has
};

std::uint64_t parse_number(const TensorProto& tensor, std::string_view key, std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) {
        fail_at_tensor(
            ErrorCode::corrupt, tensor,
            fmt::format("the {} of its data is \"{}\" instead of a number", key, printable_name(text)));
    }
    return number;
}

Place read_place(const TensorProto& tensor) {
    Place place;
    for (const auto& entry : tensor.external_data()) {
        if (entry.key() == "location") {
            place.location = entry.value();
        } else if (entry.key() == "offset") {
            place.offset = parse_number(tensor, entry.key(), entry.value());
        } else if (entry.key() == "length") {
            place.length = parse_number(tensor, entry.key(), entry.value());
        }
    }
    if (place.location.empty()) {
        fail_at_tensor(
            ErrorCode::corrupt, tensor, "its data is in another file, and the file's name is missing");
    }
    return place;
}

bool is_plain_name(const std::string& location) {
    const fs::path path(location);
    return location.find('\0') == std::string::npos && path.is_relative() &&
           std::find(path.begin(), path.end(), "..") == path.end();
}

/// The file without links; it must be in the folder, seen without links as well.
fs::path find_file(const TensorProto& tensor, const fs::path& folder, const std::string& location) {
    const auto refuse = [&](ErrorCode code, std::string_view problem) {
        fail_at_tensor(
            code, tensor, fmt::format("its data is in \"{}\", which {}", printable_name(location), problem));
    };
    if (!is_plain_name(location)) {
        refuse(ErrorCode::unsupported, "is not in the network's own folder; only files there are read");
    }
    std::error_code error;
    const fs::path root = fs::canonical(folder, error);
    fs::path file = error ? fs::path() : fs::canonical(folder / location, error);
    if (error) {
        refuse(ErrorCode::not_found, "is not there; put it beside the .onnx");
    }
    if (std::mismatch(root.begin(), root.end(), file.begin(), file.end()).first != root.end()) {
        refuse(
            ErrorCode::unsupported,
            "is a link to a file outside of the network's folder; only files there are "
            "read, so copy it");
    }
    if (!fs::is_regular_file(file, error)) {
        refuse(ErrorCode::unsupported, "is not a plain file");
    }
    return file;
}

class Embedder {
  public:
    Embedder(const fs::path& folder, std::uint64_t bytes_so_far)
        : folder_(folder)
        , total_(bytes_so_far) {}

    /// Every tensor of a graph, and of the graphs in its operators' attributes. How deep those are nested is
    /// bounded by protobuf's parser.
    void embed(onnx::GraphProto& graph) { // NOLINT(misc-no-recursion)
        for (auto& tensor : *graph.mutable_initializer()) {
            embed(tensor);
        }
        for (auto& tensor : *graph.mutable_sparse_initializer()) {
            embed(tensor);
        }
        for (auto& node : *graph.mutable_node()) {
            embed(node);
        }
    }

    void embed(onnx::NodeProto& node) { // NOLINT(misc-no-recursion)
        for (auto& attribute : *node.mutable_attribute()) {
            embed(attribute);
        }
    }

    [[nodiscard]] bool found_any() const { return found_any_; }

  private:
    void embed(onnx::AttributeProto& attribute) { // NOLINT(misc-no-recursion)
        if (attribute.has_t()) {
            embed(*attribute.mutable_t());
        }
        if (attribute.has_sparse_tensor()) {
            embed(*attribute.mutable_sparse_tensor());
        }
        if (attribute.has_g()) {
            embed(*attribute.mutable_g());
        }
        for (auto& tensor : *attribute.mutable_tensors()) {
            embed(tensor);
        }
        for (auto& tensor : *attribute.mutable_sparse_tensors()) {
            embed(tensor);
        }
        for (auto& graph : *attribute.mutable_graphs()) {
            embed(graph);
        }
    }

    void embed(onnx::SparseTensorProto& tensor) {
        embed(*tensor.mutable_values());
        embed(*tensor.mutable_indices());
    }

    void embed(TensorProto& tensor) {
        if (tensor.data_location() != TensorProto::EXTERNAL) {
            return;
        }
        found_any_ = true;
        if (folder_.empty()) {
            fail_at_tensor(
                ErrorCode::unsupported, tensor,
                "its data is in another file, and a network that is not a file itself has none beside it");
        }
        const Place place = read_place(tensor);
        open(tensor, place.location);
        const std::uint64_t length = checked_length(tensor, place);
        total_ = checked_add(total_, length, "the network's data");
        if (total_ > max_bytes) {
            throw Error(
                ErrorCode::limit_exceeded, "with what is in other files, the ONNX network has more than 2 "
                                           "GiB, which is the most that can "
                                           "be run");
        }
        fill(tensor, place, static_cast<std::size_t>(length));
    }

    void open(const TensorProto& tensor, const std::string& location) {
        if (file_ != nullptr && location == location_) {
            return;
        }
        file_ = open_file(find_file(tensor, folder_, location));
        location_ = location;
    }

    [[nodiscard]] std::uint64_t checked_length(const TensorProto& tensor, const Place& place) const {
        const std::uint64_t size = file_->size();
        const std::uint64_t rest = size - std::min(size, place.offset);
        const std::optional<std::uint64_t> needed = data_bytes(tensor);
        const std::uint64_t length = place.length ? *place.length : needed.value_or(rest);
        if (needed && length != *needed) {
            fail_at_tensor(
                ErrorCode::corrupt, tensor,
                fmt::format("its dimensions need {} bytes, and it is said to have {}", *needed, length));
        }
        if (length > rest) {
            fail_at_tensor(
                ErrorCode::corrupt, tensor,
                fmt::format(
                    "{} bytes of its data should begin at byte {} of \"{}\", which has {}", length,
                    place.offset, printable_name(location_), size));
        }
        return length;
    }

    void fill(TensorProto& tensor, const Place& place, std::size_t length) {
        std::string& raw = *tensor.mutable_raw_data();
        raw.resize(length);
        file_->seek(place.offset);
        if (file_->read(std::as_writable_bytes(std::span(raw))) != length) {
            fail_at_tensor(ErrorCode::io, tensor, "the file with its data ended while it was read");
        }
        tensor.clear_external_data();
        tensor.clear_data_location();
    }

    const fs::path& folder_;
    std::uint64_t total_;
    bool found_any_ = false;
    std::unique_ptr<InputStream> file_; ///< the last one that was read
    std::string location_;
};

} // namespace

bool embed_external_data(onnx::ModelProto& model, const fs::path& folder) {
    Embedder embedder(folder, model.ByteSizeLong());
    embedder.embed(*model.mutable_graph());
    for (auto& function : *model.mutable_functions()) {
        for (auto& node : *function.mutable_node()) {
            embedder.embed(node);
        }
    }
    return embedder.found_any();
}

} // namespace kizuna::onnx_format
