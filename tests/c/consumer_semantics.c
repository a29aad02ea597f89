/* The life of a breaker as C sees it, under stated times: enough to tell that each function does its own job. */
#include "consumer.h"

#define MS UINT64_C(1000000)

static hscb_breaker *open_with(hscb_segment *segment, const char *name, const char *json) {
    hscb_config config = {.struct_size = sizeof config};
    hscb_breaker *breaker = NULL;
    EXPECT(HSCB_OK, hscb_config_from_json(json, &config));
    EXPECT(HSCB_OK, hscb_breaker_open(segment, name, &config, &breaker));
    return breaker;
}

/* Closed, tripped by two failures, half-open after 100 ms, closed by two probes. */
static void a_life(hscb_segment *segment) {
    hscb_breaker *b = open_with(segment, "life", "{\"failure_threshold\": 2, \"open_ms\": 100, \"half_open_max_calls\": 2}");
    uint64_t now = hscb_now_ns();
    hscb_record_at(b, hscb_admit_at(b, now), HSCB_SUCCESS, now);
    hscb_record_at(b, hscb_admit_at(b, now), HSCB_FAILURE, now);
    CHECK(hscb_would_admit_at(b, now) && hscb_retry_after_ns_at(b, now) == 0);
    hscb_record_at(b, hscb_admit_at(b, now), HSCB_FAILURE, now);
    CHECK(!hscb_would_admit_at(b, now) && hscb_admit_at(b, now) == 0);
    uint64_t left = hscb_retry_after_ns_at(b, now);
    CHECK(left >= 100 * MS && left <= 101 * MS);

    now += 101 * MS;
    CHECK(hscb_would_admit_at(b, now) && hscb_retry_after_ns_at(b, now) == 0);
    uint64_t first = hscb_admit_at(b, now), second = hscb_admit_at(b, now);
    CHECK(first != 0 && second != 0 && hscb_admit_at(b, now) == 0);
    CHECK(hscb_retry_after_ns_at(b, now) == UINT64_MAX);
    hscb_snapshot snapshot = {.struct_size = sizeof snapshot};
    EXPECT(HSCB_OK, hscb_breaker_snapshot_at(b, &snapshot, now));
    CHECK(snapshot.mode == HSCB_HALF_OPEN && snapshot.probes_in_flight == 2 && snapshot.rejected_total == 2);
    hscb_record_at(b, first, HSCB_SUCCESS, now);
    hscb_record_duration_at(b, second, HSCB_SUCCESS, 8 * MS, now);
    EXPECT(HSCB_OK, hscb_breaker_snapshot_at(b, &snapshot, now));
    CHECK(snapshot.mode == HSCB_CLOSED && snapshot.opened_total == 1 && snapshot.half_opened_total == 1);
    CHECK(snapshot.closed_total == 1 && snapshot.successes_total == 3 && snapshot.failures_total == 2);
    hscb_breaker_close(b);
}

/* 429 with Retry-After opens at once; the operator's time replaces it. */
static void throttled_and_tripped(hscb_segment *segment) {
    hscb_breaker *b = open_with(segment, "throttled", "{}");
    uint64_t now = hscb_now_ns();
    hscb_record_throttled_at(b, hscb_admit_at(b, now), 2000, now);
    CHECK(hscb_admit_at(b, now + 1999 * MS) == 0);
    EXPECT(HSCB_OK, hscb_trip_for_at(b, 500, now));
    CHECK(hscb_admit_at(b, now + 499 * MS) == 0);
    CHECK(hscb_admit_at(b, now + 501 * MS) != 0);
    CHECK(look(b).throttled_total == 1 && look(b).opened_total == 1);
    hscb_breaker_close(b);
}

/* A duration of one's own makes a call slow. */
static void slow_calls(hscb_segment *segment) {
    hscb_breaker *b = open_with(segment, "slow", "{\"slow_rate\": 1, \"slow_call_ms\": 50, \"min_calls\": 2}");
    hscb_record_duration(b, hscb_admit(b), HSCB_SUCCESS, 49 * MS);
    CHECK(look(b).slow_total == 0);
    hscb_record_duration(b, hscb_admit(b), HSCB_SUCCESS, 50 * MS);
    CHECK(look(b).slow_total == 1 && hscb_would_admit(b));
    hscb_breaker_close(b);
}

void semantics(void) {
    for (int shared = 0; shared < 2; shared++) {
        hscb_segment *segment = NULL;
        EXPECT(HSCB_OK, hscb_segment_open(shared ? "consumer-semantics" : NULL, NULL, &segment));
        a_life(segment);
        throttled_and_tripped(segment);
        slow_calls(segment);
        hscb_segment_close(segment);
    }
}
