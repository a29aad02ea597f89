/* Limiters and bulkheads: what they do, and numbers that are none. */
#include "consumer.h"

static const uint64_t MS = 1000000;

static hscb_limiter *limiter_of(const char *json) {
    hscb_limiter *limiter = NULL;
    hscb_limiter_config config = {.struct_size = sizeof config};
    EXPECT(HSCB_OK, hscb_limiter_config_from_json(json, &config));
    EXPECT(HSCB_OK, hscb_limiter_open(NULL, "relay", &config, &limiter));
    return limiter;
}

static hscb_limiter_snapshot limits_of(const hscb_limiter *limiter) {
    hscb_limiter_snapshot snapshot = {.struct_size = sizeof snapshot};
    EXPECT(HSCB_OK, hscb_limiter_get_snapshot(limiter, &snapshot));
    return snapshot;
}

static void a_limiter_in_given_time(void) {
    hscb_limiter *limiter = limiter_of("{\"limit\": 600, \"burst\": 2}");
    uint64_t now = hscb_now_ns();
    CHECK(hscb_limiter_try_at(limiter, 1, now) == 0 && hscb_limiter_try_at(limiter, 1, now) == 0);
    CHECK(hscb_limiter_try_at(limiter, 1, now) == 100 * MS);
    CHECK(hscb_limiter_try_at(limiter, 1, now + 100 * MS) == 0);
    hscb_limiter_snapshot limits = limits_of(limiter);
    CHECK(limits.admitted_total == 3 && limits.units_total == 3 && limits.refused_total == 1);
    CHECK(limits.limit == 600 && limits.period_ms == 60000 && limits.burst == 2 && limits.server_limit == 0);
    hscb_limiter_close(limiter);
}

static void a_limiter_that_waits_and_is_corrected(void) {
    hscb_limiter *limiter = limiter_of("{\"limit\": 100, \"period_ms\": 1000, \"burst\": 10}");
    CHECK(hscb_limiter_acquire(limiter, 10, 0) == 0);
    CHECK(hscb_limiter_acquire(limiter, 1, 10000) == 0);            /* waits for 10 ms */
    hscb_limiter_charge(limiter, 1000);
    CHECK(hscb_limiter_acquire(limiter, 1, 1000) > 9000 * MS);      /* would take 10 s: told at once */
    CHECK(hscb_limiter_retry_after_ns(limiter, 1) > 9000 * MS);
    hscb_limiter_give_back(limiter, 1000);
    CHECK(hscb_limiter_retry_after_ns(limiter, 1) < 1000 * MS);
    hscb_limiter_correct(limiter, 50, UINT64_MAX, UINT64_MAX);
    CHECK(limits_of(limiter).server_limit == 50);
    hscb_limiter_correct(limiter, UINT64_MAX, 0, 5000);
    CHECK(limits_of(limiter).pauses_total == 1 && limits_of(limiter).paused_ns > 4000 * MS);
    hscb_limiter_pause(limiter, 60000);
    CHECK(limits_of(limiter).paused_ns > 59000 * MS && limits_of(limiter).available == 0);
    CHECK(hscb_limiter_acquire(limiter, 1, 10) > 59000 * MS);
    hscb_limiter_pause(limiter, UINT64_MAX); /* a day at most */
    CHECK(limits_of(limiter).paused_ns <= UINT64_C(86400000) * MS);
    hscb_limiter_close(limiter);
}

static void turns_of_a_limiter(void) {
    hscb_limiter *limiter = limiter_of("{\"limit\": 20, \"period_ms\": 60000}");
    hscb_limiter_turn *now = NULL, *later = NULL, *never = NULL;
    CHECK(hscb_limiter_reserve(limiter, 1, 0, &now) == 0 && hscb_limiter_turn_due_ns(now) == 0);
    CHECK(hscb_limiter_reserve(limiter, 1, 5000, &later) == 0 && hscb_limiter_turn_due_ns(later) > 0);
    CHECK(hscb_limiter_reserve(limiter, 1, 10, &never) > 10 * MS && never == NULL);
    CHECK(limits_of(limiter).admitted_total == 0 && limits_of(limiter).refused_total == 1);
    hscb_limiter_turn_go(now);
    CHECK(hscb_limiter_turn_give_up(later) <= 3000 * MS);
    CHECK(limits_of(limiter).admitted_total == 1 && limits_of(limiter).refused_total == 2);
    CHECK(hscb_limiter_retry_after_ns(limiter, 1) <= 3000 * MS);
    CHECK(hscb_limiter_reserve(limiter, 1, 5000, &later) == 0);
    hscb_limiter_turn_close(later);
    CHECK(limits_of(limiter).refused_total == 2); /* cancelled, not refused */
    hscb_limiter_close(limiter);
}

static hscb_bulkhead_snapshot seats_of(const hscb_bulkhead *bulkhead) {
    hscb_bulkhead_snapshot snapshot = {.struct_size = sizeof snapshot};
    EXPECT(HSCB_OK, hscb_bulkhead_get_snapshot(bulkhead, &snapshot));
    return snapshot;
}

static void a_bulkhead(void) {
    hscb_segment *segment = NULL;
    hscb_bulkhead *bulkhead = NULL, *same = NULL;
    hscb_bulkhead_config config = {.struct_size = sizeof config};
    EXPECT(HSCB_OK, hscb_segment_open("consumer-beside", NULL, &segment));
    EXPECT(HSCB_OK, hscb_bulkhead_config_from_json("{\"limit\": 2, \"max_waiting\": 1}", &config));
    EXPECT(HSCB_OK, hscb_bulkhead_open(segment, "relay", &config, &bulkhead));
    config.limit = 3;
    EXPECT(HSCB_EXISTING, hscb_bulkhead_open(segment, "relay", &config, &same));

    uint64_t first = hscb_bulkhead_enter(bulkhead, 0), second = hscb_bulkhead_enter(same, 0);
    CHECK(first > HSCB_PERMIT_PASS && second > HSCB_PERMIT_PASS && first != second);
    CHECK(hscb_bulkhead_enter(bulkhead, 0) == 0 && hscb_bulkhead_enter(bulkhead, 10) == 0);
    hscb_bulkhead_snapshot seats = seats_of(bulkhead);
    CHECK(seats.active == 2 && seats.available == 0 && seats.waiting == 0 && seats.limit == 2);
    CHECK(seats.entered_total == 2 && seats.refused_total == 2 && seats.reclaimed_total == 0);

    const uint64_t none[] = {0, HSCB_PERMIT_PASS, 2, UINT64_MAX, first ^ UINT64_C(1) << 40, first + 600, first ^ 1 << 20};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        hscb_bulkhead_leave(bulkhead, none[i]);
    CHECK(seats_of(bulkhead).active == 2);
    hscb_bulkhead_leave(same, first);
    CHECK(seats_of(bulkhead).active == 1);
    hscb_bulkhead_leave(bulkhead, first); /* twice: nobody else sits there */
    EXPECT(HSCB_OK, hscb_bulkhead_configure(bulkhead, &config));
    CHECK(seats_of(bulkhead).available == 2);
    hscb_bulkhead_leave(bulkhead, second);
    CHECK(seats_of(same).active == 0);
    hscb_segment_close(segment);
    hscb_bulkhead_close(bulkhead);
    hscb_bulkhead_close(same);
}

static void places_of_a_bulkhead(void) {
    hscb_bulkhead *bulkhead = NULL;
    hscb_bulkhead_place *seated = NULL, *queued = NULL, *none = NULL;
    hscb_bulkhead_config config = {.struct_size = sizeof config};
    EXPECT(HSCB_OK, hscb_bulkhead_config_from_json("{\"limit\": 1, \"max_waiting\": 1}", &config));
    EXPECT(HSCB_OK, hscb_bulkhead_open(NULL, "places", &config, &bulkhead));
    CHECK(hscb_bulkhead_line_up(bulkhead, &seated) && hscb_bulkhead_line_up(bulkhead, &queued));
    CHECK(!hscb_bulkhead_line_up(bulkhead, &none) && none == NULL);
    CHECK(seats_of(bulkhead).active == 1 && seats_of(bulkhead).waiting == 1);
    uint64_t permit = hscb_bulkhead_place_enter(seated);
    CHECK(permit > HSCB_PERMIT_PASS && hscb_bulkhead_place_enter(seated) == 0 && !hscb_bulkhead_place_wait(seated, 0));
    hscb_bulkhead_place_close(seated);
    CHECK(hscb_bulkhead_place_enter(queued) == 0 && !hscb_bulkhead_place_wait(queued, 10));
    hscb_bulkhead_leave(bulkhead, permit);
    CHECK(hscb_bulkhead_place_wait(queued, 0) && hscb_bulkhead_place_wait(queued, 1000));
    permit = hscb_bulkhead_place_enter(queued);
    CHECK(permit > HSCB_PERMIT_PASS && seats_of(bulkhead).waiting == 0);
    hscb_bulkhead_place_close(queued);
    CHECK(hscb_bulkhead_line_up(bulkhead, &queued));
    hscb_bulkhead_place_give_up(queued);
    CHECK(hscb_bulkhead_line_up(bulkhead, &queued));
    hscb_bulkhead_place_close(queued); /* cancelled, not refused */
    hscb_bulkhead_leave(bulkhead, permit);
    hscb_bulkhead_snapshot seats = seats_of(bulkhead);
    CHECK(seats.active == 0 && seats.waiting == 0 && seats.entered_total == 2 && seats.refused_total == 2);
    hscb_bulkhead_close(bulkhead);
}

static void numbers_out_of_range(void) {
    hscb_limiter_config rate = {.struct_size = sizeof rate};
    hscb_bulkhead_config size = {.struct_size = sizeof size};
    hscb_limiter *limiter = NULL;
    hscb_bulkhead *bulkhead = NULL;
    EXPECT(HSCB_ERR_JSON, hscb_limiter_config_from_json("[]", &rate));
    EXPECT(HSCB_ERR_CONFIG, hscb_limiter_config_from_json("{\"limit\": 0}", &rate));
    CHECK(strstr(hscb_last_error(), "limit is 0, but must be within 1..=1000000000") != NULL);
    EXPECT(HSCB_ERR_CONFIG, hscb_limiter_config_from_json("{\"period\": 1}", &rate));
    CHECK(strstr(hscb_last_error(), "allowed are limit, period_ms, burst") != NULL);
    EXPECT(HSCB_ERR_CONFIG, hscb_bulkhead_config_from_json("{\"limit\": 513}", &size));
    EXPECT(HSCB_OK, hscb_limiter_config_init(&rate));
    rate.burst = 0;
    EXPECT(HSCB_ERR_CONFIG, hscb_limiter_open(NULL, "relay", &rate, &limiter));
    EXPECT(HSCB_OK, hscb_bulkhead_config_init(&size));
    size.max_waiting = 129;
    EXPECT(HSCB_ERR_CONFIG, hscb_bulkhead_open(NULL, "relay", &size, &bulkhead));
    EXPECT(HSCB_ERR_NAME, hscb_bulkhead_open(NULL, "", NULL, &bulkhead));
    EXPECT(HSCB_ERR_NAME, hscb_limiter_open(NULL, "a\nb", NULL, &limiter));
    CHECK(strstr(hscb_last_error(), "limiter name") != NULL);
    CHECK(limiter == NULL && bulkhead == NULL);
}

void beside(void) {
    a_limiter_in_given_time();
    a_limiter_that_waits_and_is_corrected();
    turns_of_a_limiter();
    a_bulkhead();
    places_of_a_bulkhead();
    numbers_out_of_range();
}
