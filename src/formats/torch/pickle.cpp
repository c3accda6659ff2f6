#include "formats/torch/pickle.hpp"

#include "base/byte_order.hpp"
#include "base/byte_stream.hpp"
#include "formats/torch/globals.hpp"
#include "formats/torch/opcodes.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <bit>
#include <map>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

namespace kizuna::torch {

namespace {

[[noreturn]] void corrupt_pickle(const std::string& message) {
    throw Error(ErrorCode::corrupt, "the pickle in it " + message);
}

class Cursor {
  public:
    explicit Cursor(std::span<const std::byte> bytes)
        : bytes_(bytes) {}

    [[nodiscard]] std::size_t position() const { return position_; }

    std::string_view take(std::uint64_t count) {
        if (count > bytes_.size() - position_) {
            corrupt_pickle("ends too early");
        }
        const auto taken = bytes_.subspan(position_, static_cast<std::size_t>(count));
        position_ += taken.size();
        return as_text(taken);
    }

    /// Little-endian.
    std::uint64_t number(std::size_t size) { return little_endian(std::as_bytes(std::span(take(size)))); }

    std::string_view line() {
        constexpr std::size_t longest = 1024;
        const std::size_t start = position_;
        while (number(1) != '\n') {
            if (position_ - start > longest) {
                corrupt_pickle("has a name that does not end");
            }
        }
        position_ = start;
        std::size_t length = 0;
        while (bytes_[start + length] != std::byte{'\n'}) {
            ++length;
        }
        const std::string_view text = take(length);
        ++position_;
        return text;
    }

  private:
    std::span<const std::byte> bytes_;
    std::size_t position_ = 0;
};

class Machine {
  public:
    explicit Machine(std::span<const std::byte> bytes)
        : cursor_(bytes.first(std::min(bytes.size(), max_pickle_bytes)))
        , too_large_(bytes.size() > max_pickle_bytes) {}

    Unpickled run() {
        if (cursor_.number(1) != op_proto) {
            corrupt_pickle("does not begin as one");
        }
        check_protocol();
        for (auto opcode = next(); opcode != op_stop; opcode = next()) {
            if (!run_constant(opcode) && !run_collection(opcode) && !run_object(opcode)) {
                refuse(opcode);
            }
        }
        pickle_.root = pop();
        pickle_.size = cursor_.position();
        return std::move(pickle_);
    }

  private:
    std::uint8_t next() {
        if (too_large_ && cursor_.position() == max_pickle_bytes) {
            throw Error(
                ErrorCode::limit_exceeded,
                fmt::format("the pickle in it has more than {} bytes", max_pickle_bytes));
        }
        return static_cast<std::uint8_t>(cursor_.number(1));
    }

    void check_protocol() {
        constexpr std::uint64_t first = 2;
        constexpr std::uint64_t last = 5;
        if (const std::uint64_t protocol = cursor_.number(1); protocol < first || protocol > last) {
            throw Error(ErrorCode::unsupported, fmt::format("pickles of protocol {} are not read", protocol));
        }
    }

    // Values that stand for themselves.
    bool run_constant(std::uint8_t opcode) {
        switch (opcode) {
        case op_none:
            return push(Nothing{});
        case op_newtrue:
            return push(true);
        case op_newfalse:
            return push(false);
        case op_binint:
            return push(std::int64_t{static_cast<std::int32_t>(cursor_.number(4))});
        case op_binint1:
            return push(static_cast<std::int64_t>(cursor_.number(1)));
        case op_binint2:
            return push(static_cast<std::int64_t>(cursor_.number(2)));
        case op_long1:
            return push(long_integer());
        case op_binfloat:
            return push(big_endian_double());
        case op_binstring:
        case op_binunicode:
            return push(std::string(cursor_.take(cursor_.number(4))));
        case op_short_binstring:
        case op_short_binunicode:
            return push(std::string(cursor_.take(cursor_.number(1))));
        default:
            return false;
        }
    }

    bool run_collection(std::uint8_t opcode) {
        switch (opcode) {
        case op_mark:
            return mark();
        case op_empty_tuple:
            return push(Tuple{});
        case op_tuple:
            return push(Tuple{pop_to_mark()});
        case op_tuple1:
        case op_tuple2:
        case op_tuple3:
            return push(Tuple{pop_last(opcode - op_tuple1 + std::size_t{1})});
        case op_empty_list:
            return push(List{});
        case op_list:
            return push(List{pop_to_mark()});
        case op_empty_dict:
            return push(Dict{});
        case op_dict: {
            const auto items = pop_to_mark();
            push(Dict{});
            return set_items(items);
        }
        case op_append:
            return append(pop_last(1));
        case op_appends:
            return append(pop_to_mark());
        case op_setitem:
            return set_items(pop_last(2));
        case op_setitems:
            return set_items(pop_to_mark());
        default:
            return false;
        }
    }

    bool run_object(std::uint8_t opcode) {
        switch (opcode) {
        case op_frame: // only tells how much to read ahead
            cursor_.number(8);
            return true;
        case op_binput:
            return put(cursor_.number(1));
        case op_long_binput:
            return put(cursor_.number(4));
        case op_memoize:
            return put(memo_.size());
        case op_binget:
            return get(cursor_.number(1));
        case op_long_binget:
            return get(cursor_.number(4));
        case op_global: {
            const std::string_view module = cursor_.line();
            return push(find_global(module, cursor_.line()));
        }
        case op_stack_global: {
            const auto names = pop_last(2);
            return push(find_global(text(names[0]), text(names[1])));
        }
        case op_reduce: {
            const auto parts = pop_last(2);
            return push(call(pickle_, parts[0], parts[1]));
        }
        case op_binpersid:
            return push(StorageRef{storage_index(describe_storage(pickle_, pop()))});
        case op_build:
            return build(pop());
        default:
            return false;
        }
    }

    [[noreturn]] void refuse(std::uint8_t opcode) const {
        throw Error(
            ErrorCode::unsupported,
            fmt::format(
                "the pickle in it has the instruction {} at byte {}, which weights do not need; nothing of "
                "it was run",
                refused_name(opcode), cursor_.position() - 1));
    }

    bool push(Value value) {
        check_count(pickle_.values.size());
        pickle_.values.push_back(std::move(value));
        stack_.push_back(static_cast<Ref>(pickle_.values.size() - 1));
        return true;
    }

    bool mark() {
        check_count(marks_.size());
        marks_.push_back(stack_.size());
        return true;
    }

    static void check_count(std::size_t count) {
        if (count == max_pickle_values) {
            throw Error(
                ErrorCode::limit_exceeded,
                fmt::format("the pickle in it makes more than {} values", max_pickle_values));
        }
    }

    [[nodiscard]] std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }

    Ref top() {
        if (stack_.size() <= floor()) {
            corrupt_pickle("takes from an empty stack");
        }
        return stack_.back();
    }

    Ref pop() {
        const Ref value = top();
        stack_.pop_back();
        return value;
    }

    std::vector<Ref> pop_last(std::size_t count) {
        if (stack_.size() - floor() < count) {
            corrupt_pickle("takes from an empty stack");
        }
        const auto first = stack_.end() - static_cast<std::ptrdiff_t>(count);
        std::vector<Ref> values(first, stack_.end());
        stack_.erase(first, stack_.end());
        return values;
    }

    std::vector<Ref> pop_to_mark() {
        if (marks_.empty()) {
            corrupt_pickle("has an end of a collection without its begin");
        }
        auto values = pop_last(stack_.size() - marks_.back());
        marks_.pop_back();
        return values;
    }

    template <typename T>
    T& collection() {
        auto* value = std::get_if<T>(&pickle_.values[top()]);
        if (value == nullptr) {
            throw Error(ErrorCode::unsupported, "it adds to something that is no list or dictionary");
        }
        return *value;
    }

    bool append(const std::vector<Ref>& items) {
        auto& list = collection<List>().items;
        list.insert(list.end(), items.begin(), items.end());
        return true;
    }

    bool set_items(const std::vector<Ref>& items) {
        auto& dict = collection<Dict>().items;
        if (items.size() % 2 != 0) {
            corrupt_pickle("has a dictionary with a key that has no value");
        }
        for (std::size_t i = 0; i < items.size(); i += 2) {
            dict.emplace_back(items[i], items[i + 1]);
        }
        return true;
    }

    /// Python would set the object's attributes. Dictionaries of weights carry a note of versions that way;
    /// nothing else has any, and the note is not needed.
    bool build(Ref state) {
        if (pickle_.get<Dict>(state) == nullptr || pickle_.get<Dict>(top()) == nullptr) {
            throw Error(
                ErrorCode::unsupported,
                "the pickle in it sets attributes (BUILD) of something that is no dictionary; nothing of it "
                "was run");
        }
        return true;
    }

    bool put(std::uint64_t place) {
        check_count(memo_.size());
        memo_[place] = top();
        return true;
    }

    bool get(std::uint64_t place) {
        const auto found = memo_.find(place);
        if (found == memo_.end()) {
            corrupt_pickle("recalls a value that it did not keep");
        }
        stack_.push_back(found->second);
        return true;
    }

    std::string_view text(Ref ref) const {
        const auto* value = pickle_.get<std::string>(ref);
        if (value == nullptr) {
            corrupt_pickle("names something by a value that is no text");
        }
        return *value;
    }

    /// Two's complement. What does not fit into 64 bits becomes a float: no size is that large.
    Value long_integer() {
        const std::string_view bytes = cursor_.take(cursor_.number(1));
        if (bytes.size() > sizeof(std::int64_t)) {
            return 0.0;
        }
        const bool negative = !bytes.empty() && static_cast<signed char>(bytes.back()) < 0;
        std::uint64_t value = negative ? ~std::uint64_t{0} : 0;
        for (std::size_t i = bytes.size(); i-- > 0;) {
            value = (value << 8U) | static_cast<std::uint8_t>(bytes[i]);
        }
        return static_cast<std::int64_t>(value);
    }

    double big_endian_double() {
        return std::bit_cast<double>(big_endian(std::as_bytes(std::span(cursor_.take(sizeof(double))))));
    }

    std::size_t storage_index(Storage storage) {
        const auto [place, added] = storage_places_.emplace(storage.key, pickle_.storages.size());
        if (added) {
            pickle_.storages.push_back(std::move(storage));
        } else if (pickle_.storages[place->second] != storage) {
            corrupt_pickle("describes one storage in two ways");
        }
        return place->second;
    }

    Cursor cursor_;
    bool too_large_;
    Unpickled pickle_;
    std::vector<Ref> stack_;
    std::vector<std::size_t> marks_;
    std::unordered_map<std::uint64_t, Ref> memo_;
    std::map<std::string, std::size_t> storage_places_;
};

} // namespace

Unpickled unpickle(std::span<const std::byte> bytes) {
    return Machine(bytes).run();
}

} // namespace kizuna::torch
