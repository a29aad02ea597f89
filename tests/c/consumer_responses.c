/* Responses: judged from begin to close, recorded, and what is out of range. */
#include "consumer.h"

static const uint8_t *bytes(const char *text) { return (const uint8_t *)text; }

static hscb_response *begin(uint32_t status, const char *name, const char *value) {
    hscb_response *response = NULL;
    EXPECT(HSCB_OK, hscb_response_begin(status, UINT64_C(1769536800000), &response));
    EXPECT(HSCB_OK, hscb_response_header(response, bytes(name), strlen(name), bytes(value), strlen(value)));
    return response;
}

static hscb_verdict end(hscb_response *response, int32_t how) {
    hscb_verdict verdict = {.struct_size = sizeof verdict};
    EXPECT(HSCB_OK, hscb_response_end(response, how, &verdict));
    CHECK(verdict.struct_size == sizeof verdict && verdict.reserved == 0);
    return verdict;
}

/* A stream that is cut into heap blocks of one byte each, which end where they end. */
static void a_stream_byte_by_byte(void) {
    static const struct {
        const char *body;
        int32_t outcome, is_final;
        uint32_t cause, cut;
    } streams[] = {
        {"data: {\"choices\": []}\r\n\r\ndata: [DONE]\r\n\r\n", HSCB_SUCCESS, 1, HSCB_CAUSE_OK, HSCB_CAUSE_OK},
        {"data: {\"candidates\": []}\n\n", HSCB_SUCCESS, 0, HSCB_CAUSE_OK, HSCB_CAUSE_CUT},
        {"event: error\ndata: {}\n\n", HSCB_FAILURE, 1, HSCB_CAUSE_STREAM_ERROR, HSCB_CAUSE_STREAM_ERROR},
        {"data: {\"error\": {\"code\": \"quota_exceeded\"}}\n\n", HSCB_IGNORED, 1, HSCB_CAUSE_QUOTA, HSCB_CAUSE_QUOTA},
        {": nothing\n\n", HSCB_FAILURE, 0, HSCB_CAUSE_EMPTY, HSCB_CAUSE_CUT},
    };
    for (size_t i = 0; i < sizeof streams / sizeof *streams; i++) {
        hscb_response *response = begin(200, "Content-Type", "text/event-stream");
        int32_t is_final = 0;
        for (const char *at = streams[i].body; *at != 0; at++) {
            uint8_t *byte = malloc(1);
            CHECK(byte != NULL);
            *byte = (uint8_t)*at;
            is_final = hscb_response_body(response, byte, 1);
            free(byte);
        }
        CHECK(is_final == streams[i].is_final);
        hscb_verdict verdict = end(response, HSCB_END_COMPLETE);
        CHECK(verdict.outcome == streams[i].outcome && verdict.cause == streams[i].cause);
        CHECK(end(response, HSCB_END_CUT).cause == streams[i].cut);
        hscb_response_close(response);
    }
}

static void ends(void) {
    hscb_response *response = begin(200, "content-length", "5");
    CHECK(end(response, HSCB_END_COMPLETE).cause == HSCB_CAUSE_OK);
    CHECK(end(response, HSCB_END_CUT).cause == HSCB_CAUSE_CUT);
    CHECK(end(response, HSCB_END_STALLED).cause == HSCB_CAUSE_TIMEOUT);
    CHECK(end(response, HSCB_END_ABANDONED).cause == HSCB_CAUSE_ABANDONED);
    hscb_verdict untouched = {.struct_size = sizeof untouched, .outcome = 77};
    for (int i = 0; i < 4; i++) {
        static const int32_t unknown[] = {-1, 4, INT32_MIN, INT32_MAX};
        EXPECT(HSCB_ERR_ARGUMENT, hscb_response_end(response, unknown[i], &untouched));
        CHECK(untouched.outcome == 77);
    }
    hscb_response_close(response);
}

/* A compressed stream: it came, and nobody can say what it said. */
static void unseen(void) {
    hscb_response *response = begin(200, "content-type", "text/event-stream");
    CHECK(end(response, HSCB_END_COMPLETE).cause == HSCB_CAUSE_EMPTY);
    EXPECT(0, hscb_response_skip(response));
    CHECK(end(response, HSCB_END_COMPLETE).cause == HSCB_CAUSE_OK);
    CHECK(end(response, HSCB_END_CUT).cause == HSCB_CAUSE_CUT);
    hscb_response_close(response);
    response = begin(500, "content-encoding", "br");
    EXPECT(1, hscb_response_skip(response));
    hscb_response_close(response);
}

static void out_of_range(void) {
    hscb_response *const untouched = (hscb_response *)0x5a5a5a50;
    hscb_response *response = untouched;
    static const uint32_t statuses[] = {0, 99, 1000, 65536 + 200, UINT32_MAX};
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        EXPECT(HSCB_ERR_ARGUMENT, hscb_response_begin(statuses[i], 0, &response));
        CHECK(response == untouched);
    }
    response = begin(999, "", "");
    EXPECT(HSCB_ERR_ARGUMENT, hscb_response_body(response, bytes("x"), SIZE_MAX));
    EXPECT(HSCB_ERR_ARGUMENT, hscb_response_header(response, bytes("x"), 1, bytes("x"), SIZE_MAX / 2 + 1));
    CHECK(end(response, HSCB_END_CUT).cause == HSCB_CAUSE_SERVER_ERROR);
    hscb_response_close(response);
}

/* What a verdict does to a breaker, from a response on. */
static void recording(void) {
    hscb_breaker *breaker = fresh_breaker();
    const uint64_t start = hscb_now_ns(), ms = 1000000;
    hscb_verdict verdict = {.struct_size = sizeof verdict, .outcome = HSCB_SUCCESS};
    EXPECT(HSCB_OK, hscb_record_verdict_at(breaker, hscb_admit_at(breaker, start), &verdict, UINT64_MAX, start + 40 * ms));
    CHECK(hscb_latency_ns(breaker, 1.0) > 30 * ms && hscb_latency_ns(breaker, 1.0) < 50 * ms);
    EXPECT(HSCB_OK, hscb_record_verdict_at(breaker, hscb_admit_at(breaker, start), &verdict, 900 * ms, start + 40 * ms));
    CHECK(hscb_latency_ns(breaker, 1.0) > 700 * ms);
    verdict.outcome = HSCB_IGNORED;
    verdict.retry_after_ms = 5000; /* means nothing here */
    EXPECT(HSCB_OK, hscb_record_verdict(breaker, hscb_admit(breaker), &verdict, UINT64_MAX));
    verdict.outcome = 77;
    EXPECT(HSCB_OK, hscb_record_verdict(breaker, hscb_admit(breaker), &verdict, 0));
    CHECK(look(breaker).successes_total == 2 && look(breaker).ignored_total == 2 && hscb_would_admit(breaker));

    hscb_response *response = begin(429, "Retry-After", "Tue, 27 Jan 2026 18:00:07 GMT");
    verdict = end(response, HSCB_END_ABANDONED);
    CHECK(verdict.outcome == HSCB_FAILURE && verdict.cause == HSCB_CAUSE_RATE_LIMITED && verdict.retry_after_ms == 7000);
    hscb_response_close(response);
    EXPECT(HSCB_OK, hscb_record_verdict_at(breaker, hscb_admit_at(breaker, start), &verdict, 3 * ms, start + ms));
    CHECK(look(breaker).throttled_total == 1 && look(breaker).failures_total == 1);
    uint64_t left = hscb_retry_after_ns_at(breaker, start + ms);
    CHECK(left >= 7000 * ms && left < 7001 * ms); /* a deadline is kept to the ms */
    hscb_breaker_close(breaker);
}

/* Names end where `cap` says. */
static void names(void) {
    static const char body[] = "{\"messages\": [], \"model\": \"gpt-4.1\"}";
    static const char whole[] = "relay|gpt-4.1";
    for (uint32_t cap = 0; cap <= HSCB_NAME_BYTES; cap++) {
        char *name = malloc(cap + 1);
        CHECK(name != NULL);
        memset(name, 0x5a, cap + 1);
        int32_t length = hscb_request_name("relay", bytes(body), sizeof body - 1, name, cap);
        if (cap < sizeof whole) {
            CHECK(length == HSCB_ERR_ARGUMENT && name[0] == 0x5a);
        } else {
            CHECK(length == (int32_t)sizeof whole - 1 && strcmp(name, whole) == 0);
        }
        CHECK(name[cap] == 0x5a);
        free(name);
    }
    char host[600], name[HSCB_NAME_BYTES];
    memset(host, 'h', sizeof host);
    host[sizeof host - 1] = 0;
    EXPECT(HSCB_NAME_BYTES - 1, hscb_request_name(host, NULL, 0, name, sizeof name));
    EXPECT(HSCB_ERR_UTF8, hscb_request_name("\xff", NULL, 0, name, sizeof name));
    EXPECT(1, hscb_request_name("", NULL, 0, name, sizeof name));
    hscb_breaker *breaker = NULL;
    EXPECT(HSCB_OK, hscb_breaker_open(NULL, name, NULL, &breaker));
    hscb_breaker_close(breaker);
}

void responses(void) {
    a_stream_byte_by_byte();
    ends();
    unseen();
    out_of_range();
    recording();
    names();
}
