// What the tests of holysheep_cb.hpp share.
#ifndef CONSUMER_HPP
#define CONSUMER_HPP

#include "holysheep_cb.hpp"

#include <cstdio>
#include <cstdlib>

namespace cb = holysheep_cb;
using namespace std::chrono_literals;

#define CHECK(condition)                                                                            \
    do {                                                                                            \
        if (!(condition)) {                                                                         \
            std::fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                    \
            std::exit(1);                                                                           \
        }                                                                                           \
    } while (0)

// The exception that an expression throws.
#define THROWN(type, expression)                                                                    \
    [&]() -> type {                                                                                 \
        try {                                                                                       \
            expression;                                                                             \
        } catch (const type &thrown) {                                                              \
            return thrown;                                                                          \
        }                                                                                           \
        std::fprintf(stderr, "%s:%d: %s does not throw\n", __FILE__, __LINE__, #expression);        \
        std::exit(1);                                                                               \
    }()

template <class T> constexpr bool only_moves =
    !std::is_copy_constructible_v<T> && !std::is_copy_assignable_v<T> && std::is_nothrow_move_constructible_v<T> &&
    std::is_nothrow_move_assignable_v<T> && std::is_nothrow_destructible_v<T>;

#endif
