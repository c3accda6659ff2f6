#pragma once

#include "kizuna/error.hpp"

#include <concepts>
#include <string>
#include <string_view>
#include <utility>

// Arithmetic on sizes that came from outside: overflow is an Error{limit_exceeded}, never a wrapped number.
namespace kizuna {

[[noreturn]] void throw_overflow(std::string_view what);

template <std::integral T>
[[nodiscard]] T checked_mul(T a, std::type_identity_t<T> b, std::string_view what = "a size") {
    T result;
    if (__builtin_mul_overflow(a, b, &result)) {
        throw_overflow(what);
    }
    return result;
}

template <std::integral T>
[[nodiscard]] T checked_add(T a, std::type_identity_t<T> b, std::string_view what = "a size") {
    T result;
    if (__builtin_add_overflow(a, b, &result)) {
        throw_overflow(what);
    }
    return result;
}

/// `value` as a To, or Error{limit_exceeded} where it does not fit.
template <std::integral To, std::integral From>
[[nodiscard]] To checked_cast(From value, std::string_view what = "a number") {
    if (!std::in_range<To>(value)) {
        throw_overflow(what);
    }
    return static_cast<To>(value);
}

} // namespace kizuna
