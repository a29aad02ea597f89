/*
 * holysheep_cb.hpp: holysheep_cb.h for C++17. Header-only, and no logic of its own: what a breaker does is told there
 * and in docs/STATE.md.
 *
 *     holysheep_cb::segment segment("billing");                       // this line in every process
 *     holysheep_cb::breaker breaker(segment, "relay|gpt-4.1");
 *     std::string answer = breaker.call([&] { return client.ask(question); });
 *
 * A call that throws is a failure, and its exception passes on; one that the breaker rejects is not made, and
 * circuit_open_error is thrown in its stead. Where an exception does not say enough about the service (a 404 is the
 * caller's own fault, a 429 says how long to wait, a 200 may have an error in its stream), take a permit, and give it
 * back with what the response was judged to be:
 *
 *     holysheep_cb::permit permit = breaker.admit();
 *     answer a = client.send(request);                                // throws: a failure
 *     holysheep_cb::response response(a.status);
 *     for (const auto &[name, value] : a.headers)
 *         response.header(name, value);
 *     response.body(a.body);
 *     permit.settle(response.end());
 *
 * Threads: const member functions may be called by many threads at once. Link with libholysheep_cb.
 */
#ifndef HOLYSHEEP_CB_HPP
#define HOLYSHEEP_CB_HPP

#include "holysheep_cb.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace holysheep_cb {

/// A function of the library failed; what() says what was wrong, where, and what would be right.
class error : public std::runtime_error {
public:
    error(hscb_status status, const std::string &message) : std::runtime_error(message), status_(status) {}

    /// HSCB_ERR_...
    hscb_status status() const noexcept { return status_; }

private:
    hscb_status status_;
};

/// A call was not made, because the breaker rejected it.
class circuit_open_error : public std::runtime_error {
public:
    explicit circuit_open_error(std::optional<std::chrono::nanoseconds> retry_after)
        : std::runtime_error("the circuit breaker rejects calls"), retry_after_(retry_after) {}

    /// How long until a call would be admitted; nothing = not to be known (forced open, or probes are out).
    std::optional<std::chrono::nanoseconds> retry_after() const noexcept { return retry_after_; }

private:
    std::optional<std::chrono::nanoseconds> retry_after_;
};

namespace detail {

/// A status that is no error, or an exception.
inline std::int32_t check(std::int32_t status) {
    if (status < 0)
        throw error(status, hscb_last_error());
    return status;
}

/// A string for C, where it would end at its first NUL.
inline const char *text(const std::string &string) {
    if (string.find('\0') != std::string::npos)
        throw error(HSCB_ERR_ARGUMENT, "a string contains a NUL");
    return string.c_str();
}

inline std::chrono::nanoseconds duration(std::uint64_t ns) noexcept {
    constexpr std::uint64_t longest = std::chrono::nanoseconds::max().count();
    return std::chrono::nanoseconds(static_cast<std::int64_t>(std::min(ns, longest)));
}

/// A number for C; what lies before now is 0.
template <class Duration> std::uint64_t count(Duration duration) noexcept {
    return duration.count() < 0 ? 0 : static_cast<std::uint64_t>(duration.count());
}

struct closer {
    void operator()(hscb_segment *segment) const noexcept { hscb_segment_close(segment); }
    void operator()(hscb_breaker *breaker) const noexcept { hscb_breaker_close(breaker); }
    void operator()(hscb_limiter *limiter) const noexcept { hscb_limiter_close(limiter); }
    void operator()(hscb_bulkhead *bulkhead) const noexcept { hscb_bulkhead_close(bulkhead); }
    void operator()(hscb_response *response) const noexcept { hscb_response_close(response); }
    void operator()(hscb_limiter_turn *turn) const noexcept { hscb_limiter_turn_close(turn); }
    void operator()(hscb_bulkhead_place *place) const noexcept { hscb_bulkhead_place_close(place); }
    void operator()(hscb_client *client) const noexcept { hscb_client_close(client); }
    void operator()(hscb_cancel *cancel) const noexcept { hscb_cancel_free(cancel); }
    void operator()(hscb_result *result) const noexcept { hscb_result_free(result); }
};

inline const std::uint8_t *bytes(std::string_view text) noexcept {
    return reinterpret_cast<const std::uint8_t *>(text.data());
}

} // namespace detail

/// The version of the loaded library, such as "0.1.0".
inline const char *version() noexcept { return hscb_version(); }

/// Whether the loaded library has all that this header declares.
inline bool abi_matches() noexcept {
    const std::uint32_t loaded = hscb_abi_version();
    return loaded >> 16 == HSCB_ABI_MAJOR && (loaded & 0xffff) >= HSCB_ABI_MINOR;
}

/// The configuration of a breaker: the fields of hscb_config with their defaults.
///
///     holysheep_cb::config config;
///     config.failure_threshold = 3;
///     config.window = HSCB_WINDOW_CALLS;
struct config : hscb_config {
    config() : hscb_config{} {
        struct_size = sizeof(hscb_config);
        detail::check(hscb_config_init(this));
    }

    /// From a JSON object with the same names, such as {"open_ms": 5000, "window": "calls"}.
    static config from_json(const std::string &json) {
        config read;
        detail::check(hscb_config_from_json(detail::text(json), &read));
        return read;
    }
};

/// How a segment is opened: the fields of hscb_segment_options, each 0 = its default.
struct segment_options : hscb_segment_options {
    segment_options() : hscb_segment_options{} { struct_size = sizeof(hscb_segment_options); }
};

/// A breaker at one moment: the fields of hscb_snapshot.
struct snapshot : hscb_snapshot {
    snapshot() : hscb_snapshot{} { struct_size = sizeof(hscb_snapshot); }
};

/// What a response says of the service: the fields of hscb_verdict.
struct verdict : hscb_verdict {
    verdict() : hscb_verdict{} { struct_size = sizeof(hscb_verdict); }
};

/// One response that is being judged, by one thread at a time: its status, then its headers, then its body as it comes.
///
///     holysheep_cb::permit permit = breaker.admit();
///     holysheep_cb::response response(200);
///     response.header("content-type", "text/event-stream");
///     while (!response.body(client.read()))
///         ;
///     permit.settle(response.end());
class response {
public:
    /// Status 100 to 999. `unix_ms`: the wall clock in ms, for waiting times that are dates; 0 = read it.
    explicit response(std::uint32_t status, std::uint64_t unix_ms = 0) {
        hscb_response *begun = nullptr;
        detail::check(hscb_response_begin(status, unix_ms, &begun));
        handle_.reset(begun);
    }

    /// A header, in any case; those that say nothing here are ignored.
    void header(std::string_view name, std::string_view value) {
        detail::check(hscb_response_header(handle(), detail::bytes(name), name.size(), detail::bytes(value), value.size()));
    }

    /// The next bytes of the body, decoded, cut anywhere. True once the verdict is final, whatever follows.
    bool body(std::string_view bytes) {
        return detail::check(hscb_response_body(handle(), detail::bytes(bytes), bytes.size())) == 1;
    }

    /// Bytes of the body came that cannot be shown, such as compressed ones. True once the verdict is final.
    bool skip() { return detail::check(hscb_response_skip(handle())) == 1; }

    /// The verdict, if the response ends here and like this: HSCB_END_...
    verdict end(std::int32_t end = HSCB_END_COMPLETE) const {
        verdict judged;
        detail::check(hscb_response_end(handle(), end, &judged));
        return judged;
    }

    /// For the functions of holysheep_cb.h; it stays this object's.
    hscb_response *handle() const noexcept { return handle_.get(); }

private:
    std::unique_ptr<hscb_response, detail::closer> handle_;
};

/// The name of the breaker that a request belongs to: "host|model" where its body is a JSON object with a string "model",
/// else "host".
inline std::string request_name(const std::string &host, std::string_view body) {
    char name[HSCB_NAME_BYTES];
    const std::int32_t length =
        detail::check(hscb_request_name(detail::text(host), detail::bytes(body), body.size(), name, sizeof name));
    return std::string(name, static_cast<std::size_t>(length));
}

/// Memory that holds named breakers and their events. It may go before its breakers do.
class segment {
public:
    /// A new one of this process alone.
    segment() : segment(nullptr, nullptr) {}

    /// The one of this name, which all processes of the host share; made if it is not there.
    explicit segment(const std::string &name) : segment(detail::text(name), nullptr) {}
    segment(const std::string &name, const segment_options &options) : segment(detail::text(name), &options) {}

    /// Where its file lies; empty for a private one.
    std::string path() const {
        std::string room(4096, '\0');
        room.resize(static_cast<std::size_t>(
            detail::check(hscb_segment_path(handle(), room.data(), static_cast<std::uint32_t>(room.size())))));
        return room;
    }

    /// The names of its breakers.
    std::vector<std::string> names() const { return all(hscb_segment_next_name); }
    /// The names of its limiters.
    std::vector<std::string> limiters() const { return all(hscb_segment_next_limiter); }
    /// The names of its bulkheads.
    std::vector<std::string> bulkheads() const { return all(hscb_segment_next_bulkhead); }

    /// How many processes have it open for use, this one included.
    std::int32_t processes() const { return detail::check(hscb_segment_processes(handle())); }

    /// A breaker by its name, without opening it.
    holysheep_cb::snapshot snapshot(const std::string &name) const {
        holysheep_cb::snapshot taken;
        detail::check(hscb_segment_snapshot(handle(), detail::text(name), &taken));
        return taken;
    }

    /// For the functions of holysheep_cb.h; it stays this object's.
    hscb_segment *handle() const noexcept { return handle_.get(); }

private:
    segment(const char *name, const hscb_segment_options *options) {
        hscb_segment *opened = nullptr;
        detail::check(hscb_segment_open(name, options, &opened));
        handle_.reset(opened);
    }

    std::vector<std::string> all(decltype(hscb_segment_next_name) *next_name) const {
        std::vector<std::string> names;
        std::uint32_t cursor = 0;
        char name[HSCB_NAME_BYTES];
        while (const std::int32_t length = detail::check(next_name(handle(), &cursor, name, sizeof name)))
            names.emplace_back(name, static_cast<std::size_t>(length));
        return names;
    }

    std::unique_ptr<hscb_segment, detail::closer> handle_;
};

/// A call that was admitted. Give it back with what became of the call; destroyed without, it counts as ignored, and as a
/// failure if an exception destroys it. It must not outlive its breaker.
class [[nodiscard]] permit {
public:
    permit(permit &&other) noexcept
        : breaker_(other.breaker_), word_(other.release()), exceptions_(other.exceptions_) {}

    permit &operator=(permit &&other) noexcept {
        permit taken(std::move(other));
        std::swap(breaker_, taken.breaker_);
        std::swap(word_, taken.word_);
        std::swap(exceptions_, taken.exceptions_);
        return *this;
    }

    ~permit() { record(std::uncaught_exceptions() > exceptions_ ? HSCB_FAILURE : HSCB_IGNORED); }

    /// The call did what it should.
    void success() noexcept { record(HSCB_SUCCESS); }
    /// The service failed the call.
    void failure() noexcept { record(HSCB_FAILURE); }
    /// No verdict on the service: the call was cancelled, or its failure was the caller's own fault.
    void ignore() noexcept { record(HSCB_IGNORED); }

    /// As success(), with a duration other than the time since admission, such as that to the first token.
    void success_after(std::chrono::nanoseconds duration) noexcept { record(HSCB_SUCCESS, duration); }
    /// As failure(), with a duration other than the time since admission.
    void failure_after(std::chrono::nanoseconds duration) noexcept { record(HSCB_FAILURE, duration); }

    /// The service failed the call and said how long to wait (429 or 503 with Retry-After): opens the breaker at once.
    void throttled(std::chrono::milliseconds retry_after) noexcept {
        if (const std::uint64_t word = release())
            hscb_record_throttled(breaker_, word, detail::count(retry_after));
    }

    /// What a response was judged to be.
    void settle(const hscb_verdict &verdict) noexcept { settle(verdict, std::numeric_limits<std::uint64_t>::max()); }
    /// As settle(), with a duration other than the time since admission, such as that to the first byte.
    void settle_after(const hscb_verdict &verdict, std::chrono::nanoseconds duration) noexcept {
        settle(verdict, detail::count(duration));
    }

    /// Its word, for hscb_record; nothing is left to give back here. 0 if it was given back before.
    std::uint64_t release() noexcept { return std::exchange(word_, 0); }

private:
    friend class breaker;

    permit(const hscb_breaker *breaker, std::uint64_t word) noexcept
        : breaker_(breaker), word_(word), exceptions_(std::uncaught_exceptions()) {}

    void record(std::int32_t outcome) noexcept {
        if (const std::uint64_t word = release())
            hscb_record(breaker_, word, outcome);
    }

    void record(std::int32_t outcome, std::chrono::nanoseconds duration) noexcept {
        if (const std::uint64_t word = release())
            hscb_record_duration(breaker_, word, outcome, detail::count(duration));
    }

    void settle(const hscb_verdict &verdict, std::uint64_t duration_ns) noexcept {
        const std::uint64_t word = release();
        if (word != 0 && hscb_record_verdict(breaker_, word, &verdict, duration_ns) < 0)
            hscb_record(breaker_, word, HSCB_IGNORED); // no verdict: a struct_size that is none
    }

    const hscb_breaker *breaker_;
    std::uint64_t word_;
    int exceptions_;
};

/// A circuit breaker. Those opened by the same name in the same segment, in any process, are the same breaker.
class breaker {
public:
    /// In a private segment that all of this process shares.
    explicit breaker(const std::string &name) : breaker(nullptr, name, nullptr) {}
    breaker(const std::string &name, const config &config) : breaker(nullptr, name, &config) {}

    /// In a segment. An existing breaker keeps its configuration; see kept_its_config().
    breaker(const segment &segment, const std::string &name) : breaker(segment.handle(), name, nullptr) {}
    breaker(const segment &segment, const std::string &name, const config &config)
        : breaker(segment.handle(), name, &config) {}

    /// Whether it was there already, with another configuration than the one given, which it has kept.
    bool kept_its_config() const noexcept { return kept_its_config_; }

    /// Replaces the configuration, for every process that shares the breaker.
    void configure(const config &config) const { detail::check(hscb_breaker_configure(handle(), &config)); }

    /// Makes the call if it may go: a result is a success, an exception a failure. Throws what the call throws, or
    /// circuit_open_error if it was not made.
    template <class Call> std::invoke_result_t<Call> call(Call &&call) const {
        return run(admit(), std::forward<Call>(call));
    }

    /// Makes the call if it may go; whatever keeps it from a result, `fallback` makes one of. It is called without
    /// arguments, or with the std::exception_ptr of what was thrown (circuit_open_error if the call was not made).
    template <class Call, class Fallback> std::invoke_result_t<Call> call(Call &&call, Fallback &&fallback) const {
        std::optional<permit> admitted = try_admit();
        if (!admitted)
            return instead(std::forward<Fallback>(fallback), [this] { return std::make_exception_ptr(rejection()); });
        try {
            return run(*std::move(admitted), std::forward<Call>(call));
        } catch (...) {
            const std::exception_ptr thrown = std::current_exception();
            if (!thrown)
                throw; // pthread_cancel: no exception, and not to be held up
            return instead(std::forward<Fallback>(fallback), [&] { return thrown; });
        }
    }

    /// May a call go? Throws circuit_open_error if not.
    permit admit() const {
        if (const std::uint64_t word = hscb_admit(handle()))
            return permit(handle(), word);
        throw rejection();
    }

    /// May a call go? Nothing if not.
    std::optional<permit> try_admit() const noexcept {
        if (const std::uint64_t word = hscb_admit(handle()))
            return permit(handle(), word);
        return std::nullopt;
    }

    /// Whether admit() would admit a call now; changes nothing.
    bool would_admit() const noexcept { return hscb_would_admit(handle()); }

    /// How long until a call would be admitted: zero = now, nothing = not to be known (forced open, or probes are out).
    std::optional<std::chrono::nanoseconds> retry_after() const noexcept {
        const std::uint64_t ns = hscb_retry_after_ns(handle());
        if (ns == std::numeric_limits<std::uint64_t>::max())
            return std::nullopt;
        return detail::duration(ns);
    }

    /// The configuration that is in force.
    holysheep_cb::config configuration() const {
        holysheep_cb::config told;
        detail::check(hscb_breaker_config(handle(), &told));
        return told;
    }

    /// State, window and totals.
    holysheep_cb::snapshot snapshot() const {
        holysheep_cb::snapshot taken;
        detail::check(hscb_breaker_snapshot(handle(), &taken));
        return taken;
    }

    /// The latency that a share `quantile` (0 to 1) of the successes did not exceed; nothing if there was none.
    std::optional<std::chrono::nanoseconds> latency(double quantile) const noexcept {
        const std::uint64_t ns = hscb_latency_ns(handle(), quantile);
        return ns == 0 ? std::nullopt : std::optional(detail::duration(ns));
    }

    /// Closes it and forgets everything but the totals.
    void reset() const { set_mode(HSCB_CLOSED); }
    /// Opens it, as if a rule had been met.
    void trip() const { set_mode(HSCB_OPEN); }
    /// Opens it for a stated time; if it is open, replaces what is left of the opening.
    void trip_for(std::chrono::milliseconds time) const {
        detail::check(hscb_trip_for(handle(), detail::count(time)));
    }
    /// The same, and the event says who and why.
    void trip_for(std::chrono::milliseconds time, const std::string &note) const {
        detail::check(hscb_trip_for_noted(handle(), detail::count(time), note.c_str()));
    }
    /// Lets an open breaker probe now; error HSCB_ERR_MODE unless it is open or half-open.
    void half_open() const { set_mode(HSCB_HALF_OPEN); }
    /// Rejects every call until told otherwise.
    void force_open() const { set_mode(HSCB_FORCED_OPEN); }
    /// Admits every call and records none but in the totals, until told otherwise.
    void disable() const { set_mode(HSCB_DISABLED); }
    /// Admits and records every call but never trips, and counts when it would have.
    void observe() const { set_mode(HSCB_OBSERVING); }
    /// An operator's command, HSCB_CLOSED, ...
    void set_mode(std::int32_t mode) const { detail::check(hscb_set_mode(handle(), mode)); }
    /// The same, and the event says who and why.
    void set_mode(std::int32_t mode, const std::string &note) const {
        detail::check(hscb_set_mode_noted(handle(), mode, note.c_str()));
    }

    /// For the functions of holysheep_cb.h, such as those that end in _at; it stays this object's.
    const hscb_breaker *handle() const noexcept { return handle_.get(); }

private:
    breaker(hscb_segment *segment, const std::string &name, const hscb_config *config) {
        hscb_breaker *opened = nullptr;
        kept_its_config_ =
            detail::check(hscb_breaker_open(segment, detail::text(name), config, &opened)) == HSCB_EXISTING;
        handle_.reset(opened);
    }

    circuit_open_error rejection() const { return circuit_open_error(retry_after()); }

    /// The call itself; an exception that leaves it destroys the permit, which is a failure.
    template <class Call> static std::invoke_result_t<Call> run(permit permit, Call &&call) {
        using Result = std::invoke_result_t<Call>;
        if constexpr (std::is_void_v<Result>) {
            std::invoke(std::forward<Call>(call));
            permit.success();
        } else {
            Result result = std::invoke(std::forward<Call>(call));
            permit.success();
            if constexpr (std::is_reference_v<Result>)
                return static_cast<Result>(result);
            else
                return result;
        }
    }

    template <class Fallback, class Why> static decltype(auto) instead(Fallback &&fallback, Why why) {
        if constexpr (std::is_invocable_v<Fallback, std::exception_ptr>)
            return std::invoke(std::forward<Fallback>(fallback), why());
        else
            return std::invoke(std::forward<Fallback>(fallback));
    }

    std::unique_ptr<hscb_breaker, detail::closer> handle_;
    bool kept_its_config_ = false;
};

/// The configuration of a limiter: the fields of hscb_limiter_config with their defaults.
struct limiter_config : hscb_limiter_config {
    limiter_config() : hscb_limiter_config{} {
        struct_size = sizeof(hscb_limiter_config);
        detail::check(hscb_limiter_config_init(this));
    }

    /// From a JSON object with the same names, such as {"limit": 600, "burst": 20}.
    static limiter_config from_json(const std::string &json) {
        limiter_config read;
        detail::check(hscb_limiter_config_from_json(detail::text(json), &read));
        return read;
    }
};

/// A limiter at one moment: the fields of hscb_limiter_snapshot.
struct limiter_snapshot : hscb_limiter_snapshot {
    limiter_snapshot() : hscb_limiter_snapshot{} { struct_size = sizeof(hscb_limiter_snapshot); }
};

/// Units that were taken from a limiter for a call whose turn is to come, which waits in a way of its own. Destroyed without
/// its end, it gives them back.
class [[nodiscard]] limiter_turn {
public:
    /// How long until the turn comes; zero = now. It may become longer meanwhile, by a pause: ask again after waiting.
    std::chrono::nanoseconds due() const noexcept { return detail::duration(hscb_limiter_turn_due_ns(handle_.get())); }
    /// The call goes, and uses the units.
    void go() noexcept { hscb_limiter_turn_go(handle_.release()); }
    /// The call waits no longer, and does not go: how long until its turn would have come.
    std::chrono::nanoseconds give_up() noexcept {
        return detail::duration(hscb_limiter_turn_give_up(handle_.release()));
    }

private:
    friend class limiter;

    explicit limiter_turn(hscb_limiter_turn *turn) noexcept : handle_(turn) {}

    std::unique_ptr<hscb_limiter_turn, detail::closer> handle_;
};

/// A rate limiter. Those opened by the same name in the same segment, in any process, are the same limiter.
class limiter {
public:
    /// In a private segment that all of this process shares.
    explicit limiter(const std::string &name) : limiter(nullptr, name, nullptr) {}
    limiter(const std::string &name, const limiter_config &config) : limiter(nullptr, name, &config) {}

    /// In a segment. An existing limiter keeps its configuration.
    limiter(const segment &segment, const std::string &name) : limiter(segment.handle(), name, nullptr) {}
    limiter(const segment &segment, const std::string &name, const limiter_config &config)
        : limiter(segment.handle(), name, &config) {}

    /// Takes units if they are to be had now.
    bool try_acquire(std::uint32_t units = 1) const noexcept { return hscb_limiter_acquire(handle(), units, 0) == 0; }

    /// Takes units, and waits for them at most so long. False, at once, where it would take longer; then nothing is taken.
    bool acquire(std::uint32_t units, std::chrono::milliseconds patience) const noexcept {
        return hscb_limiter_acquire(handle(), units, detail::count(patience)) == 0;
    }

    /// Takes units whose turn comes within this time, without waiting; nothing where it comes later, see retry_after().
    std::optional<limiter_turn> reserve(std::uint32_t units, std::chrono::milliseconds patience) const noexcept {
        hscb_limiter_turn *turn = nullptr;
        if (hscb_limiter_reserve(handle(), units, detail::count(patience), &turn) != 0)
            return std::nullopt;
        return limiter_turn(turn);
    }

    /// How long until a call of so many units would go; zero = now.
    std::chrono::nanoseconds retry_after(std::uint32_t units = 1) const noexcept {
        return detail::duration(hscb_limiter_retry_after_ns(handle(), units));
    }

    /// Gives back units that a call took and did not use.
    void give_back(std::uint32_t units) const noexcept { hscb_limiter_give_back(handle(), units); }
    /// Takes units that a call used beyond those that it took.
    void charge(std::uint32_t units) const noexcept { hscb_limiter_charge(handle(), units); }
    /// Nobody goes for so long (a 429 with Retry-After), and after that one unit after the other.
    void pause(std::chrono::milliseconds time) const noexcept { hscb_limiter_pause(handle(), detail::count(time)); }

    /// Replaces the configuration, for every process that shares the limiter.
    void configure(const limiter_config &config) const { detail::check(hscb_limiter_configure(handle(), &config)); }

    /// Limits, what is left of them, and totals.
    limiter_snapshot snapshot() const {
        limiter_snapshot taken;
        detail::check(hscb_limiter_get_snapshot(handle(), &taken));
        return taken;
    }

    /// For the functions of holysheep_cb.h; it stays this object's.
    const hscb_limiter *handle() const noexcept { return handle_.get(); }

private:
    limiter(hscb_segment *segment, const std::string &name, const hscb_limiter_config *config) {
        hscb_limiter *opened = nullptr;
        detail::check(hscb_limiter_open(segment, detail::text(name), config, &opened));
        handle_.reset(opened);
    }

    std::unique_ptr<hscb_limiter, detail::closer> handle_;
};

/// The configuration of a bulkhead: the fields of hscb_bulkhead_config with their defaults.
struct bulkhead_config : hscb_bulkhead_config {
    bulkhead_config() : hscb_bulkhead_config{} {
        struct_size = sizeof(hscb_bulkhead_config);
        detail::check(hscb_bulkhead_config_init(this));
    }

    /// From a JSON object with the same names, such as {"limit": 20, "max_waiting": 10}.
    static bulkhead_config from_json(const std::string &json) {
        bulkhead_config read;
        detail::check(hscb_bulkhead_config_from_json(detail::text(json), &read));
        return read;
    }
};

/// A bulkhead at one moment: the fields of hscb_bulkhead_snapshot.
struct bulkhead_snapshot : hscb_bulkhead_snapshot {
    bulkhead_snapshot() : hscb_bulkhead_snapshot{} { struct_size = sizeof(hscb_bulkhead_snapshot); }
};

/// A seat of a bulkhead, which is left when this is destroyed. It must not outlive its bulkhead.
class [[nodiscard]] bulkhead_permit {
public:
    bulkhead_permit(bulkhead_permit &&other) noexcept : bulkhead_(other.bulkhead_), word_(other.release()) {}
    bulkhead_permit &operator=(bulkhead_permit &&other) noexcept {
        bulkhead_permit taken(std::move(other));
        std::swap(bulkhead_, taken.bulkhead_);
        std::swap(word_, taken.word_);
        return *this;
    }
    ~bulkhead_permit() { leave(); }

    /// Leaves the seat now.
    void leave() noexcept {
        if (const std::uint64_t word = release())
            hscb_bulkhead_leave(bulkhead_, word);
    }

    /// Its word, for hscb_bulkhead_leave; nothing is left to give back here. 0 if it was given back before.
    std::uint64_t release() noexcept { return std::exchange(word_, 0); }

private:
    friend class bulkhead;
    friend class bulkhead_place;

    bulkhead_permit(const hscb_bulkhead *bulkhead, std::uint64_t word) noexcept : bulkhead_(bulkhead), word_(word) {}

    const hscb_bulkhead *bulkhead_;
    std::uint64_t word_;
};

/// A place in the queue of a bulkhead, for a call that waits in a way of its own; left when this is destroyed. It must not
/// outlive its bulkhead.
class [[nodiscard]] bulkhead_place {
public:
    /// Waits for a free seat at most so long, and keeps it; whether it has one.
    bool wait(std::chrono::milliseconds patience) noexcept {
        return hscb_bulkhead_place_wait(handle_.get(), detail::count(patience));
    }

    /// The seat that the place has, or one that is free now; nothing if there is none yet, or it was had before.
    std::optional<bulkhead_permit> enter() noexcept {
        if (const std::uint64_t word = hscb_bulkhead_place_enter(handle_.get()))
            return bulkhead_permit(bulkhead_, word);
        return std::nullopt;
    }

    /// The call waits no longer, and counts as refused.
    void give_up() noexcept { hscb_bulkhead_place_give_up(handle_.release()); }

private:
    friend class bulkhead;

    bulkhead_place(const hscb_bulkhead *bulkhead, hscb_bulkhead_place *place) noexcept
        : bulkhead_(bulkhead), handle_(place) {}

    const hscb_bulkhead *bulkhead_;
    std::unique_ptr<hscb_bulkhead_place, detail::closer> handle_;
};

/// A bulkhead: at most so many calls in flight. Those opened by the same name in the same segment, in any process, are the
/// same bulkhead.
class bulkhead {
public:
    /// In a private segment that all of this process shares.
    explicit bulkhead(const std::string &name) : bulkhead(nullptr, name, nullptr) {}
    bulkhead(const std::string &name, const bulkhead_config &config) : bulkhead(nullptr, name, &config) {}

    /// In a segment. An existing bulkhead keeps its configuration.
    bulkhead(const segment &segment, const std::string &name) : bulkhead(segment.handle(), name, nullptr) {}
    bulkhead(const segment &segment, const std::string &name, const bulkhead_config &config)
        : bulkhead(segment.handle(), name, &config) {}

    /// Enters, and waits for a free seat at most so long; nothing if none was free in time.
    std::optional<bulkhead_permit> enter(std::chrono::milliseconds patience = std::chrono::milliseconds(0)) const noexcept {
        if (const std::uint64_t word = hscb_bulkhead_enter(handle(), detail::count(patience)))
            return bulkhead_permit(handle(), word);
        return std::nullopt;
    }

    /// A place in the queue, without waiting; nothing if as many wait already as may.
    std::optional<bulkhead_place> line_up() const noexcept {
        hscb_bulkhead_place *place = nullptr;
        if (!hscb_bulkhead_line_up(handle(), &place))
            return std::nullopt;
        return bulkhead_place(handle(), place);
    }

    /// Replaces the configuration, for every process that shares the bulkhead.
    void configure(const bulkhead_config &config) const { detail::check(hscb_bulkhead_configure(handle(), &config)); }

    /// Who is in, who waits, and totals.
    bulkhead_snapshot snapshot() const {
        bulkhead_snapshot taken;
        detail::check(hscb_bulkhead_get_snapshot(handle(), &taken));
        return taken;
    }

    /// For the functions of holysheep_cb.h; it stays this object's.
    const hscb_bulkhead *handle() const noexcept { return handle_.get(); }

private:
    bulkhead(hscb_segment *segment, const std::string &name, const hscb_bulkhead_config *config) {
        hscb_bulkhead *opened = nullptr;
        detail::check(hscb_bulkhead_open(segment, detail::text(name), config, &opened));
        handle_.reset(opened);
    }

    std::unique_ptr<hscb_bulkhead, detail::closer> handle_;
};

/// Reads a segment's events, oldest first, at its own pace. The segment must outlive it.
///
///     holysheep_cb::events events(segment);
///     while (events.wait(std::chrono::seconds(10)))
///         for (const hscb_event &event : events.read())
///             log(event.breaker, event.from, event.to, event.reason);
class events {
public:
    /// From the number of an event on: `from_now` = the next that happens, `oldest` = the oldest that is kept.
    explicit events(const segment &segment, std::uint64_t from = from_now) : segment_(segment.handle()), cursor_(from) {
        hscb_event none{};
        none.struct_size = sizeof none;
        detail::check(hscb_events_read(segment_, &cursor_, &none, 0));
    }

    static constexpr std::uint64_t oldest = 0;
    static constexpr std::uint64_t from_now = std::numeric_limits<std::uint64_t>::max();

    /// Waits until there is a next event; false if the time is up before.
    bool wait(std::chrono::milliseconds timeout) const {
        return detail::check(hscb_events_wait(segment_, cursor_, detail::count(timeout))) == 1;
    }

    /// The next events, at most so many; empty if there is none yet.
    std::vector<hscb_event> read(std::uint32_t most = 64) {
        std::vector<hscb_event> batch(std::max(most, std::uint32_t(1)));
        batch.front().struct_size = sizeof(hscb_event);
        const std::uint64_t before = cursor_;
        const std::int32_t count = detail::check(hscb_events_read(segment_, &cursor_, batch.data(), most));
        batch.resize(static_cast<std::size_t>(count));
        if (!batch.empty() && batch.front().sequence > before) // lower: the file was replaced, and counts anew
            missed_ += batch.front().sequence - before;
        return batch;
    }

    /// How many events were overwritten or torn before this reader came to them.
    std::uint64_t missed() const noexcept { return missed_; }
    /// The number of the next event.
    std::uint64_t cursor() const noexcept { return cursor_; }

private:
    hscb_segment *segment_;
    std::uint64_t cursor_;
    std::uint64_t missed_ = 0;
};

/// A call of a client has no answer; what() is a JSON object that says why, which routes refused, and when they may not.
class call_failed : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// What calls of a client can be broken off by, from any thread: those that are out, and those to come.
class cancel {
public:
    cancel() {
        hscb_cancel *made = nullptr;
        detail::check(hscb_cancel_new(&made));
        handle_.reset(made);
    }

    void now() const noexcept { hscb_cancel_now(handle()); }

    /// For the functions of holysheep_cb.h; it stays this object's.
    const hscb_cancel *handle() const noexcept { return handle_.get(); }

private:
    std::unique_ptr<hscb_cancel, detail::closer> handle_;
};

/// What a client's call was answered. What its functions return lives as long as it does.
class answer {
public:
    /// The body as it came; empty for that of a stream.
    std::string_view body() const noexcept {
        std::size_t length = 0;
        const std::uint8_t *body = hscb_result_body(handle_.get(), &length);
        return std::string_view(reinterpret_cast<const char *>(body), length);
    }

    /// The text that the model has written, whatever the provider's format; nothing if there is none.
    std::optional<std::string_view> text() const noexcept {
        const char *text = hscb_result_text(handle_.get());
        return text == nullptr ? std::nullopt : std::optional<std::string_view>(text);
    }

    /// What became of the call, as a JSON object: route, model, attempts, latency, usage, cost.
    std::string_view json() const noexcept { return hscb_result_json(handle_.get()); }

private:
    friend class client;

    /// Of a call that has ended so. Takes the result.
    answer(std::int32_t status, hscb_result *result) : handle_(result) {
        if (status == HSCB_CALL_FAILED)
            throw call_failed(hscb_result_json(result));
    }

    std::unique_ptr<hscb_result, detail::closer> handle_;
};

/// A client for AI relays: a table of routes, and calls that survive rate limits, outages and slow models (docs/CLIENT.md).
///
///     holysheep_cb::client client(segment, table);
///     const holysheep_cb::answer answer = client.send(R"({"path": "/models"})");
///     std::cout << answer.body();
class client {
public:
    /// In a private segment that all of this process shares. `table`: JSON.
    explicit client(const std::string &table) : client(nullptr, table) {}
    /// In a segment.
    client(const segment &segment, const std::string &table) : client(segment.handle(), table) {}

    /// Replaces the table, also while calls are out: those go on with the old one.
    void replace_table(const std::string &table) const {
        detail::check(hscb_client_replace_table(handle(), detail::text(table)));
    }

    /// Makes a call, as hscb_client_send has it; throws call_failed if it has no answer. `by`: what breaks it off.
    answer send(const std::string &request, const cancel *by = nullptr) const {
        hscb_result *result = nullptr;
        const std::int32_t status =
            detail::check(hscb_client_send(handle(), detail::text(request), handle_of(by), &result));
        return answer(status, result);
    }

    /// The same for an answer that comes in pieces: `on_piece` is called with each, a std::string_view, on this thread. What
    /// it throws breaks the call off, and passes on.
    template <class OnPiece>
    answer stream(const std::string &request, OnPiece &&on_piece, const cancel *by = nullptr) const {
        hearer<std::remove_reference_t<OnPiece>> heard{on_piece, nullptr};
        hscb_result *result = nullptr;
        const std::int32_t status = detail::check(
            hscb_client_stream(handle(), detail::text(request), handle_of(by), heard.tell, &heard, &result));
        if (heard.thrown) {
            hscb_result_free(result);
            std::rethrow_exception(heard.thrown);
        }
        return answer(status, result);
    }

    /// How the routes are and what the calls came to, as JSON.
    std::string status() const {
        hscb_result *result = nullptr;
        detail::check(hscb_client_status(handle(), &result));
        const std::unique_ptr<hscb_result, detail::closer> owned(result);
        return hscb_result_json(result);
    }

    /// For the functions of holysheep_cb.h; it stays this object's.
    const hscb_client *handle() const noexcept { return handle_.get(); }

private:
    client(hscb_segment *segment, const std::string &table) {
        hscb_client *opened = nullptr;
        detail::check(hscb_client_open(segment, detail::text(table), &opened));
        handle_.reset(opened);
    }

    /// Who hears of pieces, and what he threw: no exception passes through the library.
    template <class OnPiece> struct hearer {
        OnPiece &on_piece;
        std::exception_ptr thrown;

        static bool tell(void *user, const char *data, std::size_t length) noexcept {
            hearer &self = *static_cast<hearer *>(user);
            try {
                self.on_piece(std::string_view(data, length));
                return true;
            } catch (...) {
                self.thrown = std::current_exception();
                return false;
            }
        }
    };

    static const hscb_cancel *handle_of(const cancel *by) noexcept { return by == nullptr ? nullptr : by->handle(); }

    std::unique_ptr<hscb_client, detail::closer> handle_;
};

} // namespace holysheep_cb

#endif /* HOLYSHEEP_CB_HPP */
