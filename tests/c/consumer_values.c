/* Numbers out of range: outcomes, modes, flags, permits, every field of a configuration. */
#include "consumer.h"
#include <math.h>

static void unknown_outcomes(void) {
    static const int32_t unknown[] = {INT32_MIN, -1, 3, 4, 1000, INT32_MAX};
    hscb_breaker *breaker = fresh_breaker();
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        hscb_record(breaker, hscb_admit(breaker), unknown[i]);
        hscb_record_at(breaker, hscb_admit(breaker), unknown[i], hscb_now_ns());
        hscb_record_duration(breaker, hscb_admit(breaker), unknown[i], UINT64_MAX);
        hscb_record_duration_at(breaker, hscb_admit(breaker), unknown[i], 0, hscb_now_ns());
    }
    hscb_snapshot after = look(breaker);
    CHECK(after.ignored_total == 4 * sizeof unknown / sizeof *unknown);
    CHECK(after.successes_total == 0 && after.failures_total == 0 && after.window_calls == 0);
    hscb_breaker_close(breaker);
}

static void unknown_modes(void) {
    static const int32_t unknown[] = {INT32_MIN, -1, 6, 7, 256, INT32_MAX};
    hscb_breaker *breaker = fresh_breaker();
    hscb_snapshot before = look(breaker);
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        EXPECT(HSCB_ERR_ARGUMENT, hscb_set_mode(breaker, unknown[i]));
        EXPECT(HSCB_ERR_ARGUMENT, hscb_set_mode_at(breaker, unknown[i], hscb_now_ns()));
        EXPECT(HSCB_ERR_ARGUMENT, hscb_set_mode_noted(breaker, unknown[i], "why"));
        EXPECT(HSCB_ERR_ARGUMENT, hscb_set_mode_noted_at(breaker, unknown[i], "why", hscb_now_ns()));
    }
    EXPECT(HSCB_ERR_MODE, hscb_set_mode(breaker, HSCB_HALF_OPEN));
    EXPECT(HSCB_ERR_MODE, hscb_set_mode_at(breaker, HSCB_HALF_OPEN, hscb_now_ns()));
    hscb_snapshot after = look(breaker);
    CHECK(memcmp(&before, &after, sizeof before) == 0);
    static const int32_t modes[] = {HSCB_OPEN,     HSCB_HALF_OPEN, HSCB_FORCED_OPEN,
                                    HSCB_DISABLED, HSCB_OBSERVING, HSCB_CLOSED};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        EXPECT(HSCB_OK, hscb_set_mode(breaker, modes[i]));
        CHECK(look(breaker).mode == (uint32_t)modes[i]);
    }
    hscb_breaker_close(breaker);
}

/* Made-up permits and ones given back twice, at times from 0 to the end: no crash, and the breaker works on. */
static void made_up_permits_and_times(void) {
    static const uint64_t numbers[] = {0, 1, 2, 0xffff, UINT64_C(1) << 32, UINT64_C(1) << 63, UINT64_MAX - 1, UINT64_MAX};
    enum { COUNT = sizeof numbers / sizeof *numbers };
    hscb_breaker *breaker = fresh_breaker();
    for (size_t p = 0; p < COUNT; p++)
        for (size_t t = 0; t < COUNT; t++) {
            hscb_record_at(breaker, numbers[p], (int32_t)t, numbers[t]);
            hscb_record_duration_at(breaker, numbers[p], HSCB_FAILURE, numbers[t], numbers[COUNT - 1 - t]);
            hscb_record_throttled_at(breaker, numbers[p], numbers[t], numbers[t]);
            hscb_record_at(breaker, hscb_admit_at(breaker, numbers[t]), HSCB_SUCCESS, numbers[p]);
            (void)hscb_would_admit_at(breaker, numbers[t]);
            (void)hscb_retry_after_ns_at(breaker, numbers[t]);
            EXPECT(HSCB_OK, hscb_trip_for_at(breaker, numbers[p], numbers[t]));
            hscb_snapshot snapshot = {.struct_size = sizeof snapshot};
            EXPECT(HSCB_OK, hscb_breaker_snapshot_at(breaker, &snapshot, numbers[t]));
        }
    for (size_t p = 0; p < COUNT; p++) {
        hscb_record(breaker, numbers[p], HSCB_FAILURE);
        hscb_record_duration(breaker, numbers[p], HSCB_SUCCESS, numbers[p]);
        hscb_record_throttled(breaker, numbers[p], numbers[p]);
    }
    EXPECT(HSCB_OK, hscb_trip_for(breaker, UINT64_MAX));
    CHECK(!hscb_would_admit(breaker));
    EXPECT(HSCB_OK, hscb_set_mode(breaker, HSCB_CLOSED));
    uint64_t permit = hscb_admit(breaker);
    CHECK(permit > HSCB_PERMIT_PASS);
    uint64_t before = look(breaker).successes_total;
    hscb_record(breaker, permit, HSCB_SUCCESS);
    CHECK(look(breaker).successes_total == before + 1);
    hscb_breaker_close(breaker);
}

static void quantiles(void) {
    static const double none[] = {-0.1, 1.1, 1e300, -1e300};
    hscb_breaker *breaker = fresh_breaker();
    CHECK(hscb_latency_ns(breaker, 0.5) == 0);
    hscb_record_duration(breaker, hscb_admit(breaker), HSCB_SUCCESS, 100 * UINT64_C(1000000));
    CHECK(hscb_latency_ns(breaker, 0.5) >= 87500000 && hscb_latency_ns(breaker, 0.5) <= 112500000);
    CHECK(hscb_latency_ns(breaker, 0.0) > 0 && hscb_latency_ns(breaker, 1.0) > 0);
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        CHECK(hscb_latency_ns(breaker, none[i]) == 0);
    CHECK(hscb_latency_ns(breaker, (double)NAN) == 0 && hscb_latency_ns(breaker, (double)INFINITY) == 0);
    hscb_breaker_close(breaker);
}

/* One field out of its range: refused by name wherever a configuration is taken, and nothing has changed. */
#define REFUSED(field, value)                                                                       \
    do {                                                                                            \
        hscb_config config_ = {.struct_size = sizeof config_};                                      \
        hscb_breaker *opened_ = breaker;                                                            \
        EXPECT(HSCB_OK, hscb_config_init(&config_));                                                \
        config_.field = (value);                                                                    \
        EXPECT(HSCB_ERR_CONFIG, hscb_breaker_configure(breaker, &config_));                         \
        CHECK(strstr(hscb_last_error(), #field) != NULL);                                           \
        EXPECT(HSCB_ERR_CONFIG, hscb_breaker_open(NULL, "refused", &config_, &opened_));            \
        CHECK(opened_ == breaker);                                                                  \
    } while (0)

static void every_field(void) {
    hscb_breaker *breaker = fresh_breaker();
    REFUSED(failure_threshold, 65);
    REFUSED(failure_rate, -0.1);
    REFUSED(failure_rate, 1.1);
    REFUSED(failure_rate, (double)NAN);
    REFUSED(failure_rate, (double)INFINITY);
    REFUSED(min_calls, (1u << 20) + 1);
    REFUSED(consecutive_failures, 1025);
    REFUSED(slow_rate, 2);
    REFUSED(slow_call_ms, 86400001);
    REFUSED(window, 2);
    REFUSED(window_ms, 0);
    REFUSED(window_ms, 86400001);
    REFUSED(window_buckets, 0);
    REFUSED(window_buckets, 65);
    REFUSED(window_calls, 0);
    REFUSED(window_calls, 1025);
    REFUSED(open_ms, 0);
    REFUSED(open_ms, UINT32_MAX);
    REFUSED(open_backoff, 0.5);
    REFUSED(open_backoff, 10.5);
    REFUSED(open_max_ms, 0);
    REFUSED(reserved, 1);
    REFUSED(open_jitter, 1.5);
    REFUSED(half_open_max_calls, 0);
    REFUSED(half_open_max_calls, 256);
    REFUSED(half_open_max_concurrent, 256);
    REFUSED(success_threshold, 0);
    REFUSED(half_open_verdict, 2);
    REFUSED(half_open_interval_ms, 86400001);
    REFUSED(half_open_max_ms, 86400001);
    REFUSED(probe_lease_ms, 0);
    REFUSED(retry_after_max_ms, 86400001);
    hscb_breaker_close(breaker);
}

static void segment_options(void) {
    static const hscb_segment_options refused[] = {
        {.capacity = (1u << 20) + 1}, {.capacity = UINT32_MAX},  {.stripes = 3}, {.stripes = 128}, {.file_mode = 0644},
        {.file_mode = 0666},          {.file_mode = UINT32_MAX}, {.flags = 4},   {.flags = UINT32_MAX}};
    hscb_segment *const untouched = (hscb_segment *)0x5a5a5a50;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        hscb_segment_options options = refused[i];
        hscb_segment *segment = untouched;
        options.struct_size = sizeof options;
        EXPECT(HSCB_ERR_ARGUMENT, hscb_segment_open("consumer-options", &options, &segment));
        CHECK(segment == untouched);
    }
}

void values(void) {
    unknown_outcomes();
    unknown_modes();
    made_up_permits_and_times();
    quantiles();
    every_field();
    segment_options();
}
