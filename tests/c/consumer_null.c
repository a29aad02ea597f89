/* Every exported function with NULL wherever it takes a pointer (c_consumers checks that none is left out). */
#include "consumer.h"

/* Functions with a status: HSCB_ERR_NULL, and nothing is written. */
static void functions_with_a_status(void) {
    hscb_breaker *breaker = fresh_breaker(), *const no_breaker = NULL;
    hscb_segment *segment = NULL, *const no_segment = NULL;
    hscb_config config = {.struct_size = sizeof config}, config_before = config;
    hscb_snapshot snapshot = {.struct_size = sizeof snapshot}, snapshot_before = snapshot;
    hscb_event event = {.struct_size = sizeof event}, event_before = event;
    uint64_t cursor = 7;

    EXPECT(HSCB_ERR_NULL, hscb_config_init(NULL));
    EXPECT(HSCB_ERR_NULL, hscb_config_from_json("{}", NULL));
    EXPECT(HSCB_ERR_NULL, hscb_config_from_json(NULL, &config));
    EXPECT(HSCB_ERR_NULL, hscb_config_from_json(NULL, NULL));
    CHECK(memcmp(&config, &config_before, sizeof config) == 0);

    EXPECT(HSCB_ERR_NULL, hscb_segment_open(NULL, NULL, NULL));
    EXPECT(HSCB_ERR_NULL, hscb_segment_open("consumer", NULL, NULL));
    EXPECT(HSCB_OK, hscb_segment_open(NULL, NULL, &segment));
    char text[HSCB_NAME_BYTES] = "untouched";
    uint32_t place = 0;
    EXPECT(HSCB_ERR_NULL, hscb_segment_path(no_segment, text, sizeof text));
    EXPECT(HSCB_ERR_NULL, hscb_segment_path(segment, NULL, sizeof text));
    EXPECT(HSCB_ERR_NULL, hscb_segment_next_name(no_segment, &place, text, sizeof text));
    EXPECT(HSCB_ERR_NULL, hscb_segment_next_name(segment, NULL, text, sizeof text));
    EXPECT(HSCB_ERR_NULL, hscb_segment_next_limiter(no_segment, &place, text, sizeof text));
    EXPECT(HSCB_ERR_NULL, hscb_segment_next_limiter(segment, NULL, text, sizeof text));
    EXPECT(HSCB_ERR_NULL, hscb_segment_next_bulkhead(no_segment, &place, text, sizeof text));
    EXPECT(HSCB_ERR_NULL, hscb_segment_next_bulkhead(segment, NULL, text, sizeof text));
    EXPECT(HSCB_ERR_NULL, hscb_segment_processes(no_segment));
    EXPECT(HSCB_ERR_NULL, hscb_segment_snapshot(no_segment, "relay", &snapshot));
    EXPECT(HSCB_ERR_NULL, hscb_segment_snapshot(segment, NULL, &snapshot));
    EXPECT(HSCB_ERR_NULL, hscb_segment_snapshot(segment, "relay", NULL));
    CHECK(place == 0 && strcmp(text, "untouched") == 0);

    EXPECT(HSCB_ERR_NULL, hscb_breaker_open(NULL, NULL, NULL, NULL));
    EXPECT(HSCB_ERR_NULL, hscb_breaker_open(segment, "relay", NULL, NULL));
    hscb_breaker *opened = breaker;
    EXPECT(HSCB_ERR_NULL, hscb_breaker_open(segment, NULL, NULL, &opened));
    CHECK(opened == breaker);
    EXPECT(HSCB_OK, hscb_breaker_open(NULL, "of the whole process", NULL, &opened));
    hscb_breaker_close(opened);

    EXPECT(HSCB_ERR_NULL, hscb_breaker_config(NULL, &config));
    EXPECT(HSCB_ERR_NULL, hscb_breaker_config(breaker, NULL));
    CHECK(memcmp(&config, &config_before, sizeof config) == 0);
    EXPECT(HSCB_OK, hscb_config_init(&config));
    EXPECT(HSCB_ERR_NULL, hscb_breaker_configure(NULL, NULL));
    EXPECT(HSCB_ERR_NULL, hscb_breaker_configure(NULL, &config));
    EXPECT(HSCB_ERR_NULL, hscb_breaker_configure(breaker, NULL));

    EXPECT(HSCB_ERR_NULL, hscb_set_mode(no_breaker, HSCB_OPEN));
    EXPECT(HSCB_ERR_NULL, hscb_set_mode_at(no_breaker, HSCB_OPEN, 1));
    EXPECT(HSCB_ERR_NULL, hscb_set_mode_noted(no_breaker, HSCB_OPEN, NULL));
    EXPECT(HSCB_ERR_NULL, hscb_set_mode_noted(no_breaker, HSCB_OPEN, "why"));
    EXPECT(HSCB_ERR_NULL, hscb_set_mode_noted_at(no_breaker, HSCB_OPEN, "why", 1));
    EXPECT(HSCB_ERR_NULL, hscb_trip_for(no_breaker, 1));
    EXPECT(HSCB_ERR_NULL, hscb_trip_for_at(no_breaker, 1, 1));
    EXPECT(HSCB_ERR_NULL, hscb_trip_for_noted(no_breaker, 1, "why"));
    EXPECT(HSCB_ERR_NULL, hscb_trip_for_noted_at(no_breaker, 1, "why", 1));

    EXPECT(HSCB_ERR_NULL, hscb_breaker_snapshot(NULL, NULL));
    EXPECT(HSCB_ERR_NULL, hscb_breaker_snapshot(NULL, &snapshot));
    EXPECT(HSCB_ERR_NULL, hscb_breaker_snapshot(breaker, NULL));
    EXPECT(HSCB_ERR_NULL, hscb_breaker_snapshot_at(NULL, NULL, 1));
    EXPECT(HSCB_ERR_NULL, hscb_breaker_snapshot_at(NULL, &snapshot, 1));
    EXPECT(HSCB_ERR_NULL, hscb_breaker_snapshot_at(breaker, NULL, 1));
    CHECK(memcmp(&snapshot, &snapshot_before, sizeof snapshot) == 0);

    EXPECT(HSCB_ERR_NULL, hscb_events_read(NULL, NULL, NULL, 1));
    EXPECT(HSCB_ERR_NULL, hscb_events_read(no_segment, &cursor, &event, 1));
    EXPECT(HSCB_ERR_NULL, hscb_events_read(segment, NULL, &event, 1));
    EXPECT(HSCB_ERR_NULL, hscb_events_read(segment, &cursor, NULL, 1));
    CHECK(cursor == 7 && memcmp(&event, &event_before, sizeof event) == 0);
    EXPECT(HSCB_ERR_NULL, hscb_events_wait(no_segment, 0, 1));

    hscb_segment_close(segment);
    hscb_breaker_close(breaker);
}

/* Those of responses: nothing is written, and nothing recorded. */
static void responses_with_a_status(void) {
    const uint8_t *const none = NULL, *const some = (const uint8_t *)"x";
    hscb_response *response = NULL, *const no_response = NULL;
    hscb_breaker *breaker = fresh_breaker();
    hscb_verdict verdict = {.struct_size = sizeof verdict, .outcome = HSCB_FAILURE}, before = verdict;
    char name[HSCB_NAME_BYTES] = "untouched";

    EXPECT(HSCB_ERR_NULL, hscb_response_begin(200, 0, NULL));
    EXPECT(HSCB_OK, hscb_response_begin(200, 0, &response));
    EXPECT(HSCB_ERR_NULL, hscb_response_header(no_response, some, 1, some, 1));
    EXPECT(HSCB_ERR_NULL, hscb_response_header(response, none, 1, some, 1));
    EXPECT(HSCB_ERR_NULL, hscb_response_header(response, some, 1, none, 1));
    EXPECT(HSCB_OK, hscb_response_header(response, none, 0, none, 0));
    EXPECT(HSCB_ERR_NULL, hscb_response_body(no_response, some, 1));
    EXPECT(HSCB_ERR_NULL, hscb_response_body(response, none, 1));
    EXPECT(0, hscb_response_body(response, none, 0));
    EXPECT(HSCB_ERR_NULL, hscb_response_skip(no_response));
    EXPECT(HSCB_ERR_NULL, hscb_response_end(no_response, HSCB_END_CUT, &verdict));
    EXPECT(HSCB_ERR_NULL, hscb_response_end(response, HSCB_END_CUT, NULL));
    CHECK(memcmp(&verdict, &before, sizeof verdict) == 0);
    hscb_response_close(response);
    hscb_response_close(no_response);

    uint64_t permit = hscb_admit(breaker);
    EXPECT(HSCB_ERR_NULL, hscb_record_verdict(NULL, permit, &verdict, 1));
    EXPECT(HSCB_ERR_NULL, hscb_record_verdict(breaker, permit, NULL, 1));
    EXPECT(HSCB_ERR_NULL, hscb_record_verdict_at(NULL, permit, &verdict, 1, 1));
    EXPECT(HSCB_ERR_NULL, hscb_record_verdict_at(breaker, permit, NULL, 1, 1));
    CHECK(look(breaker).failures_total == 0 && look(breaker).ignored_total == 0);
    hscb_breaker_close(breaker);

    EXPECT(HSCB_ERR_NULL, hscb_request_name(NULL, some, 1, name, sizeof name));
    EXPECT(HSCB_ERR_NULL, hscb_request_name("host", none, 1, name, sizeof name));
    EXPECT(HSCB_ERR_NULL, hscb_request_name("host", some, 1, NULL, sizeof name));
    EXPECT(HSCB_ERR_NULL, hscb_request_name("host", some, 1, NULL, 0));
    CHECK(strcmp(name, "untouched") == 0);
    EXPECT(4, hscb_request_name("host", none, 0, name, sizeof name));
}

/* Those of limiters and bulkheads. */
static void beside_with_a_status(void) {
    hscb_limiter *limiter = NULL, *const no_limiter = NULL;
    hscb_bulkhead *bulkhead = NULL, *const no_bulkhead = NULL;
    hscb_limiter_config rate = {.struct_size = sizeof rate}, rate_before = rate;
    hscb_limiter_snapshot limits = {.struct_size = sizeof limits}, limits_before = limits;
    hscb_bulkhead_config size = {.struct_size = sizeof size}, size_before = size;
    hscb_bulkhead_snapshot seats = {.struct_size = sizeof seats}, seats_before = seats;

    EXPECT(HSCB_ERR_NULL, hscb_limiter_config_init(NULL));
    EXPECT(HSCB_ERR_NULL, hscb_limiter_config_from_json("{}", NULL));
    EXPECT(HSCB_ERR_NULL, hscb_limiter_config_from_json(NULL, &rate));
    EXPECT(HSCB_ERR_NULL, hscb_limiter_open(NULL, "beside", NULL, NULL));
    EXPECT(HSCB_ERR_NULL, hscb_limiter_open(NULL, NULL, NULL, &limiter));
    EXPECT(HSCB_OK, hscb_limiter_open(NULL, "beside", NULL, &limiter));
    EXPECT(HSCB_ERR_NULL, hscb_limiter_configure(no_limiter, &rate));
    EXPECT(HSCB_ERR_NULL, hscb_limiter_configure(limiter, NULL));
    EXPECT(HSCB_ERR_NULL, hscb_limiter_get_config(no_limiter, &rate));
    EXPECT(HSCB_ERR_NULL, hscb_limiter_get_config(limiter, NULL));
    EXPECT(HSCB_ERR_NULL, hscb_limiter_get_snapshot(no_limiter, &limits));
    EXPECT(HSCB_ERR_NULL, hscb_limiter_get_snapshot(limiter, NULL));
    CHECK(memcmp(&rate, &rate_before, sizeof rate) == 0 && memcmp(&limits, &limits_before, sizeof limits) == 0);
    hscb_limiter_close(limiter);

    EXPECT(HSCB_ERR_NULL, hscb_bulkhead_config_init(NULL));
    EXPECT(HSCB_ERR_NULL, hscb_bulkhead_config_from_json("{}", NULL));
    EXPECT(HSCB_ERR_NULL, hscb_bulkhead_config_from_json(NULL, &size));
    EXPECT(HSCB_ERR_NULL, hscb_bulkhead_open(NULL, "beside", NULL, NULL));
    EXPECT(HSCB_ERR_NULL, hscb_bulkhead_open(NULL, NULL, NULL, &bulkhead));
    EXPECT(HSCB_OK, hscb_bulkhead_open(NULL, "beside", NULL, &bulkhead));
    EXPECT(HSCB_ERR_NULL, hscb_bulkhead_configure(no_bulkhead, &size));
    EXPECT(HSCB_ERR_NULL, hscb_bulkhead_configure(bulkhead, NULL));
    EXPECT(HSCB_ERR_NULL, hscb_bulkhead_get_config(no_bulkhead, &size));
    EXPECT(HSCB_ERR_NULL, hscb_bulkhead_get_config(bulkhead, NULL));
    EXPECT(HSCB_ERR_NULL, hscb_bulkhead_get_snapshot(no_bulkhead, &seats));
    EXPECT(HSCB_ERR_NULL, hscb_bulkhead_get_snapshot(bulkhead, NULL));
    CHECK(memcmp(&size, &size_before, sizeof size) == 0 && memcmp(&seats, &seats_before, sizeof seats) == 0);
    hscb_bulkhead_close(bulkhead);
}

/* Those of the client. */
static void client_with_a_status(void) {
    const char *const table = "{\"routes\": [{\"url\": \"http://127.0.0.1:1\"}]}";
    hscb_client *client = NULL, *const no_client = NULL;
    hscb_result *result = NULL;
    hscb_cancel *cancel = NULL;
    EXPECT(HSCB_ERR_NULL, hscb_client_open(NULL, table, NULL));
    EXPECT(HSCB_ERR_NULL, hscb_client_open(NULL, NULL, &client));
    EXPECT(HSCB_OK, hscb_client_open(NULL, table, &client));
    EXPECT(HSCB_ERR_NULL, hscb_client_replace_table(no_client, table));
    EXPECT(HSCB_ERR_NULL, hscb_client_replace_table(client, NULL));
    EXPECT(HSCB_ERR_NULL, hscb_client_send(no_client, "{}", NULL, &result));
    EXPECT(HSCB_ERR_NULL, hscb_client_send(client, NULL, NULL, &result));
    EXPECT(HSCB_ERR_NULL, hscb_client_send(client, "{}", NULL, NULL));
    EXPECT(HSCB_ERR_NULL, hscb_client_stream(no_client, "{}", NULL, NULL, NULL, &result));
    EXPECT(HSCB_ERR_NULL, hscb_client_stream(client, NULL, NULL, NULL, NULL, &result));
    EXPECT(HSCB_ERR_NULL, hscb_client_stream(client, "{}", NULL, NULL, NULL, NULL));
    EXPECT(HSCB_ERR_NULL, hscb_client_status(no_client, &result));
    EXPECT(HSCB_ERR_NULL, hscb_client_status(client, NULL));
    EXPECT(HSCB_ERR_NULL, hscb_cancel_new(NULL));
    CHECK(result == NULL);
    hscb_client_close(client);

    size_t length = 7;
    CHECK(hscb_result_json(NULL) == NULL && hscb_result_text(NULL) == NULL);
    CHECK(hscb_result_body(NULL, &length) == NULL && length == 0 && hscb_result_body(NULL, NULL) == NULL);
    EXPECT(HSCB_OK, hscb_cancel_new(&cancel));
    hscb_cancel_now(NULL);
    hscb_cancel_free(cancel);
    hscb_cancel_free(NULL);
    hscb_result_free(NULL);
    hscb_client_close(NULL);
}

/* Functions without one: the call goes and is recorded nowhere. */
static void functions_without_a_status(void) {
    CHECK(hscb_admit(NULL) == HSCB_PERMIT_PASS);
    CHECK(hscb_admit_at(NULL, 1) == HSCB_PERMIT_PASS);
    hscb_record(NULL, HSCB_PERMIT_PASS, HSCB_FAILURE);
    hscb_record_at(NULL, HSCB_PERMIT_PASS, HSCB_FAILURE, 1);
    hscb_record_duration(NULL, HSCB_PERMIT_PASS, HSCB_FAILURE, 1);
    hscb_record_duration_at(NULL, HSCB_PERMIT_PASS, HSCB_FAILURE, 1, 1);
    hscb_record_throttled(NULL, HSCB_PERMIT_PASS, 1000);
    hscb_record_throttled_at(NULL, HSCB_PERMIT_PASS, 1000, 1);
    CHECK(hscb_would_admit(NULL));
    CHECK(hscb_would_admit_at(NULL, 1));
    CHECK(hscb_retry_after_ns(NULL) == 0);
    CHECK(hscb_retry_after_ns_at(NULL, 1) == 0);
    CHECK(hscb_latency_ns(NULL, 0.5) == 0);
    CHECK(hscb_limiter_acquire(NULL, 1, 0) == 0);
    CHECK(hscb_limiter_try_at(NULL, 1, 1) == 0);
    CHECK(hscb_limiter_retry_after_ns(NULL, 1) == 0);
    hscb_limiter_give_back(NULL, 1);
    hscb_limiter_charge(NULL, 1);
    hscb_limiter_pause(NULL, 1);
    hscb_limiter_correct(NULL, 1, 1, 1);
    CHECK(hscb_bulkhead_enter(NULL, 0) == HSCB_PERMIT_PASS);
    hscb_bulkhead_leave(NULL, HSCB_PERMIT_PASS);
    hscb_limiter_turn *turn = NULL;
    hscb_bulkhead_place *place = NULL;
    CHECK(hscb_limiter_reserve(NULL, 1, 0, &turn) == 0 && turn == NULL);
    CHECK(hscb_limiter_turn_due_ns(NULL) == 0 && hscb_limiter_turn_give_up(NULL) == 0);
    hscb_limiter_turn_go(NULL);
    hscb_limiter_turn_close(NULL);
    CHECK(hscb_bulkhead_line_up(NULL, &place) && place == NULL);
    CHECK(hscb_bulkhead_place_wait(NULL, 0) && hscb_bulkhead_place_enter(NULL) == HSCB_PERMIT_PASS);
    hscb_bulkhead_place_give_up(NULL);
    hscb_bulkhead_place_close(NULL);
    hscb_limiter_close(NULL);
    hscb_bulkhead_close(NULL);
    CHECK(*hscb_last_error() != 0); /* says that there was no breaker */
    hscb_breaker_close(NULL);
    hscb_segment_close(NULL);
}

/* Functions without arguments. */
static void functions_that_cannot_fail(void) {
    CHECK(hscb_abi_version() == HSCB_ABI_VERSION);
    CHECK(hscb_abi_version() == (HSCB_ABI_MAJOR << 16 | HSCB_ABI_MINOR));
    CHECK(strcmp(hscb_version(), HSCB_VERSION) == 0);
    CHECK(hscb_last_error() != NULL);
    uint64_t now = hscb_now_ns();
    CHECK(now > 0 && hscb_now_ns() >= now);
}

void null_arguments(void) {
    functions_that_cannot_fail();
    functions_without_a_status();
    functions_with_a_status();
    responses_with_a_status();
    beside_with_a_status();
    client_with_a_status();
}
