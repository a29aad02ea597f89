// What holysheep_cb.hpp promises: who is recorded as what, what is thrown, what can be moved.
#include "consumer.hpp"

#include <pthread.h>
#include <thread>
#include <unistd.h>

static_assert(only_moves<cb::segment> && only_moves<cb::breaker> && only_moves<cb::permit> && only_moves<cb::response>);
static_assert(only_moves<cb::bulkhead_permit> && only_moves<cb::bulkhead_place> && only_moves<cb::limiter_turn>);

namespace {

struct timed_out : std::runtime_error {
    timed_out() : std::runtime_error("timed out") {}
};

// How many calls a breaker has counted as what.
struct counts {
    std::uint64_t successes, failures, ignored, rejected;
    bool operator==(const counts &other) const {
        return successes == other.successes && failures == other.failures && ignored == other.ignored &&
               rejected == other.rejected;
    }
};

counts of(const cb::breaker &breaker) {
    const cb::snapshot s = breaker.snapshot();
    return {s.successes_total, s.failures_total, s.ignored_total, s.rejected_total};
}

const cb::breaker fresh() { return cb::breaker(cb::segment(), "relay"); }

void calls() {
    const cb::breaker b = fresh();
    int variable = 1;
    CHECK(b.call([] { return 7; }) == 7);
    b.call([] {});
    CHECK(&b.call([&]() -> int & { return variable; }) == &variable);
    CHECK(*b.call([] { return std::make_unique<int>(8); }) == 8);
    CHECK(b.call([] { return std::string("nine"); }) == "nine");
    CHECK((of(b) == counts{5, 0, 0, 0}));
    CHECK(std::string(THROWN(timed_out, b.call([]() -> int { throw timed_out(); })).what()) == "timed out");
    (void)THROWN(int, b.call([] { throw 5; }));
    CHECK((of(b) == counts{5, 2, 0, 0}));
}

void looking_around() {
    cb::config tuned;
    tuned.open_ms = 4711;
    const cb::segment alone, shared("consumer-cpp-around");
    for (const cb::segment *s : {&alone, &shared}) {
        const cb::breaker b(*s, "seen", tuned);
        CHECK(b.configuration().open_ms == 4711);
        CHECK((s->names() == std::vector<std::string>{"seen"}) && s->processes() == 1);
        b.trip();
        CHECK(s->snapshot("seen").opened_total == 1);
        CHECK(THROWN(cb::error, s->snapshot("never")).status() == HSCB_ERR_NOT_FOUND);
    }
    CHECK(alone.path().empty() && shared.path().rfind("/consumer-cpp-around") != std::string::npos);
}

void rejections() {
    const cb::breaker b = fresh();
    bool called = false;
    b.trip();
    const auto left = THROWN(cb::circuit_open_error, b.call([&] { called = true; })).retry_after();
    CHECK(left && *left > 29s && *left <= 31s);
    CHECK(b.retry_after() && *b.retry_after() > 29s && !b.would_admit());
    CHECK(!b.try_admit());
    b.force_open();
    CHECK(!THROWN(cb::circuit_open_error, (void)b.admit()).retry_after() && !b.retry_after());
    CHECK(!called && (of(b) == counts{0, 0, 0, 3}));
    b.reset();
    CHECK(b.retry_after() == std::chrono::nanoseconds(0) && b.would_admit());
}

void fallbacks() {
    const cb::breaker b = fresh();
    const auto fails = []() -> int { throw timed_out(); };
    CHECK(b.call([] { return 1; }, [] { return 2; }) == 1);
    CHECK(b.call(fails, [] { return 2; }) == 2);
    std::exception_ptr why;
    const auto keep = [&](std::exception_ptr thrown) {
        why = thrown;
        return 3;
    };
    CHECK(b.call(fails, keep) == 3);
    (void)THROWN(timed_out, std::rethrow_exception(why));
    CHECK((of(b) == counts{1, 2, 0, 0}));
    b.trip_for(1h);
    CHECK(b.call([] { return 1; }, keep) == 3);
    CHECK(THROWN(cb::circuit_open_error, std::rethrow_exception(why)).retry_after() > 59min);
    CHECK(b.call([] { return 1; }, [] { return 4; }) == 4);
    bool done = false;
    b.call([] {}, [&] { done = true; });
    CHECK(done && (of(b) == counts{1, 2, 0, 3}));
    (void)THROWN(timed_out, b.call([] { return 1; }, fails)); // the fallback's own exception passes on
}

// Takes a permit while an exception is passing, and gives no verdict.
struct asks_while_unwinding {
    const cb::breaker &breaker;
    ~asks_while_unwinding() { const cb::permit permit = breaker.admit(); }
};

void permits() {
    const cb::breaker b = fresh();
    { const cb::permit ignored = b.admit(); }
    CHECK((of(b) == counts{0, 0, 1, 0}));
    b.admit().success();
    b.admit().failure();
    b.admit().ignore();
    CHECK((of(b) == counts{1, 1, 2, 0}));
    (void)THROWN(timed_out, const cb::permit failed = b.admit(); throw timed_out());
    CHECK((of(b) == counts{1, 2, 2, 0}));
    (void)THROWN(timed_out, const asks_while_unwinding asks{b}; throw timed_out());
    CHECK((of(b) == counts{1, 2, 3, 0}));

    cb::permit one = b.admit(), moved = std::move(one);
    one.failure(); // nothing: it was moved
    moved.success();
    moved.failure(); // nothing: it was given back
    CHECK((of(b) == counts{2, 2, 3, 0}));
    moved = b.admit();
    moved = b.admit(); // the first one is dropped
    CHECK((of(b) == counts{2, 2, 4, 0}));
    hscb_record(b.handle(), moved.release(), HSCB_FAILURE);
    CHECK(moved.release() == 0 && (of(b) == counts{2, 3, 4, 0}));
    {
        const std::optional<cb::permit> maybe = b.try_admit();
        CHECK(maybe);
    }
    CHECK((of(b) == counts{2, 3, 5, 0}));
}

void durations() {
    const cb::breaker b(cb::segment(), "relay", cb::config::from_json(R"({"slow_call_ms": 50})"));
    CHECK(!b.latency(0.5));
    b.admit().success_after(100ms);
    b.admit().failure_after(49ms);
    b.admit().success_after(-1s);
    CHECK(b.snapshot().slow_total == 1 && (of(b) == counts{2, 1, 0, 0}));
    CHECK(b.latency(1.0) && *b.latency(1.0) > 80ms && *b.latency(1.0) < 120ms);
    b.admit().throttled(-1s); // no waiting time: a plain failure
    CHECK(b.would_admit() && b.snapshot().throttled_total == 0);
    b.admit().throttled(2s);
    CHECK(!b.would_admit() && *b.retry_after() <= 2001ms && b.snapshot().throttled_total == 1);
}

void responses() {
    const cb::breaker b(cb::segment(), "relay", cb::config::from_json(R"({"slow_call_ms": 50})"));
    cb::response stream(200);
    stream.header("Content-Type", "text/event-stream");
    CHECK(!stream.body("data: {\"choices\": []}\n\nda") && !stream.body("") && stream.body("ta: [DONE]\n\n"));
    CHECK(stream.end().cause == HSCB_CAUSE_OK && stream.end(HSCB_END_ABANDONED).outcome == HSCB_SUCCESS);
    b.admit().settle(stream.end());
    b.admit().settle_after(stream.end(), 100ms);
    CHECK((of(b) == counts{2, 0, 0, 0}) && b.snapshot().slow_total == 1);
    CHECK(THROWN(cb::error, (void)stream.end(7)).status() == HSCB_ERR_ARGUMENT);
    CHECK(THROWN(cb::error, cb::response(99)).status() == HSCB_ERR_ARGUMENT);

    cb::response limited(429, 1769536800000), moved = std::move(limited);
    moved.header("retry-after", "Tue, 27 Jan 2026 18:00:02 GMT");
    cb::permit permit = b.admit();
    permit.settle(moved.end(HSCB_END_CUT));
    permit.settle(moved.end()); // nothing: it was given back
    CHECK(moved.end().retry_after_ms == 2000 && (of(b) == counts{2, 1, 0, 0}) && !b.would_admit());

    b.reset();
    cb::verdict broken;
    broken.struct_size = 3;
    b.admit().settle(broken);
    CHECK((of(b) == counts{2, 1, 1, 0}));

    CHECK(cb::request_name("relay", R"({"model": "gpt-4.1"})") == "relay|gpt-4.1");
    CHECK(cb::request_name("relay", std::string_view()) == "relay");
    CHECK(THROWN(cb::error, (void)cb::request_name("\xff", "")).status() == HSCB_ERR_UTF8);
}

void modes() {
    const cb::breaker b = fresh();
    const auto mode = [&] { return static_cast<int>(b.snapshot().mode); };
    CHECK(THROWN(cb::error, b.half_open()).status() == HSCB_ERR_MODE);
    b.trip();
    CHECK(mode() == HSCB_OPEN);
    b.half_open();
    CHECK(mode() == HSCB_HALF_OPEN);
    b.observe();
    CHECK(mode() == HSCB_OBSERVING);
    b.disable();
    CHECK(mode() == HSCB_DISABLED);
    b.force_open();
    CHECK(mode() == HSCB_FORCED_OPEN);
    b.set_mode(HSCB_CLOSED);
    CHECK(mode() == HSCB_CLOSED);
    b.set_mode(HSCB_DISABLED, "user alice: maintenance");
    CHECK(mode() == HSCB_DISABLED);
    b.set_mode(HSCB_CLOSED, "");
    CHECK(mode() == HSCB_CLOSED);
    b.trip_for(1h, "user bob: a drill");
    CHECK(mode() == HSCB_OPEN && *b.retry_after() > 59min);
    b.reset();
    CHECK(THROWN(cb::error, b.set_mode(99)).status() == HSCB_ERR_ARGUMENT);
}

void configurations() {
    hscb_config defaults = {};
    defaults.struct_size = sizeof defaults;
    CHECK(hscb_config_init(&defaults) == HSCB_OK);
    cb::config config;
    CHECK(config.failure_threshold == defaults.failure_threshold && config.open_ms == defaults.open_ms);
    CHECK(cb::config::from_json(R"({"open_ms": 7})").open_ms == 7);
    const cb::error unknown = THROWN(cb::error, (void)cb::config::from_json(R"({"openMs": 7})"));
    CHECK(unknown.status() == HSCB_ERR_CONFIG && std::string(unknown.what()).find("openMs") != std::string::npos);
    CHECK(THROWN(cb::error, (void)cb::config::from_json(std::string("{}\0", 3))).status() == HSCB_ERR_ARGUMENT);
    CHECK(THROWN(cb::error, cb::breaker("")).status() == HSCB_ERR_NAME);
    CHECK(THROWN(cb::error, cb::breaker(std::string("a\0b", 3))).status() == HSCB_ERR_ARGUMENT);
    CHECK(THROWN(cb::error, cb::segment("a/b")).status() == HSCB_ERR_NAME);

    const cb::segment segment;
    const cb::breaker first(segment, "kept"), same(segment, "kept", config);
    config.failure_threshold = 1;
    const cb::breaker other(segment, "kept", config);
    CHECK(!first.kept_its_config() && !same.kept_its_config() && other.kept_its_config());
    other.configure(config);
    other.admit().failure();
    CHECK(!first.would_admit());
    config.open_ms = 0;
    CHECK(THROWN(cb::error, other.configure(config)).status() == HSCB_ERR_CONFIG);
    const cb::breaker of_the_process("of the process"), too("of the process", cb::config());
    CHECK(!too.kept_its_config());
    CHECK(cb::abi_matches() && std::string(cb::version()) == HSCB_VERSION);
}

void segments_and_events() {
    cb::segment_options options;
    options.capacity = 16;
    const cb::segment shared("consumer-cpp", options);
    cb::breaker b(shared, "relay");
    cb::events events(shared), all(shared, cb::events::oldest);
    CHECK(!events.wait(0ms) && events.read().empty());
    b.trip();
    CHECK(events.wait(1s) && all.wait(1s));
    const auto batch = events.read();
    CHECK(batch.size() == 1 && batch[0].to == HSCB_OPEN && std::string(batch[0].breaker) == "relay");
    CHECK(all.read(0).empty() && all.read(1).size() == 1 && all.read().empty());
    b.reset();
    b.trip_for(1h, "user bob: a drill");
    const auto noted = events.read();
    CHECK(noted.size() == 2 && std::string(noted[1].note) == "user bob: a drill" && all.read().size() == 2);
    CHECK(events.missed() == 0 && events.cursor() == all.cursor() && !events.wait(-1s));
    for (int i = 0; i < 20000; i++)
        i % 2 == 0 ? b.reset() : b.trip();
    CHECK(events.read(1).size() == 1 && events.missed() > 0);

    cb::segment own, taken;
    cb::breaker in_own(own, "relay");
    taken = std::move(own);
    cb::breaker moved = std::move(in_own);
    moved.call([] {});
    { const cb::segment gone = std::move(taken); }
    moved.call([] {});
    CHECK((of(moved) == counts{2, 0, 0, 0}));
}

void beside() {
    cb::limiter_config rate = cb::limiter_config::from_json(R"({"limit": 100, "period_ms": 1000, "burst": 2})");
    const cb::segment segment;
    const cb::limiter limiter(segment, "relay", rate);
    CHECK(limiter.try_acquire() && limiter.try_acquire() && limiter.acquire(1, 5s));
    limiter.charge(1000);
    CHECK(limiter.retry_after() > 5s && !limiter.try_acquire() && !limiter.acquire(1, 1s));
    limiter.give_back(1000);
    limiter.pause(1min);
    CHECK(limiter.snapshot().paused_ns > 50000000000 && limiter.snapshot().admitted_total == 3);
    rate.limit = 0;
    CHECK(THROWN(cb::error, limiter.configure(rate)).status() == HSCB_ERR_CONFIG);

    cb::bulkhead_config one;
    one.limit = 1;
    const cb::bulkhead bulkhead(segment, "relay", one);
    {
        std::optional<cb::bulkhead_permit> permit = bulkhead.enter();
        CHECK(permit && !bulkhead.enter() && !bulkhead.enter(10ms) && bulkhead.snapshot().active == 1);
        const cb::bulkhead_permit moved = *std::move(permit);
        CHECK(!bulkhead.enter());
    }
    CHECK(bulkhead.enter(1s));
    CHECK(bulkhead.snapshot().active == 0 && bulkhead.snapshot().entered_total == 2);
    CHECK(THROWN(cb::error, cb::bulkhead("")).status() == HSCB_ERR_NAME);
    const cb::limiter of_the_process("of the process");
    CHECK(of_the_process.snapshot().limit == 60);
    CHECK(segment.limiters() == std::vector<std::string>{"relay"} && segment.bulkheads() == segment.limiters());
    CHECK(segment.names().empty());
}

void turns() {
    const cb::limiter limiter("turns", cb::limiter_config::from_json(R"({"limit": 1, "period_ms": 60000})"));
    std::optional<cb::limiter_turn> first = limiter.reserve(1, 0ms);
    CHECK(first && first->due() == 0ns && !limiter.reserve(1, 1s));
    { const cb::limiter_turn dropped = *std::move(first); }
    CHECK(limiter.reserve(1, 0ms)); // what was dropped was given back, and this is, too
    limiter.reserve(1, 0ms)->go();
    std::optional<cb::limiter_turn> later = limiter.reserve(1, 1h);
    CHECK(later && later->due() > 50s && later->give_up() > 50s && later->due() == 0ns);
    CHECK(limiter.retry_after() <= 60s && limiter.snapshot().admitted_total == 1);
}

void places() {
    const cb::bulkhead bulkhead("places", cb::bulkhead_config::from_json(R"({"limit": 1, "max_waiting": 1})"));
    std::optional<cb::bulkhead_permit> seat = bulkhead.enter();
    std::optional<cb::bulkhead_place> place = bulkhead.line_up();
    CHECK(seat && place && !bulkhead.line_up() && bulkhead.snapshot().waiting == 1);
    CHECK(!place->enter() && !place->wait(1ms));
    place->give_up();
    CHECK(bulkhead.snapshot().waiting == 0 && bulkhead.snapshot().refused_total == 2);
    cb::bulkhead_place moved = *bulkhead.line_up();
    seat.reset();
    CHECK(moved.wait(1s));
    {
        const std::optional<cb::bulkhead_permit> entered = moved.enter();
        CHECK(entered && bulkhead.snapshot().active == 1 && !moved.enter());
    }
    CHECK(bulkhead.snapshot().active == 0 && bulkhead.snapshot().entered_total == 2);
}

// A cancelled thread is no failure of the service, and no fallback may hold it up.
void cancellation() {
    const cb::breaker b = fresh();
    static const cb::breaker *breaker = &b;
    pthread_t thread;
    const auto body = [](void *) -> void * {
        breaker->call(
            [] {
                for (;;)
                    pause();
            },
            [] { std::abort(); });
        return nullptr;
    };
    CHECK(pthread_create(&thread, nullptr, body, nullptr) == 0);
    std::this_thread::sleep_for(20ms);
    CHECK(pthread_cancel(thread) == 0 && pthread_join(thread, nullptr) == 0);
    CHECK((of(b) == counts{0, 0, 1, 0}));
}

} // namespace

int main() {
    calls();
    looking_around();
    rejections();
    fallbacks();
    permits();
    durations();
    responses();
    modes();
    configurations();
    segments_and_events();
    beside();
    turns();
    places();
    cancellation();
    std::puts("C++: ok");
}
