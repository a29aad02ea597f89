/* Strings: what is no UTF-8, no allowed name, no JSON. On failure nothing is written. */
#define _POSIX_C_SOURCE 200809L
#include "consumer.h"
#include <pthread.h>

static hscb_segment *const untouched_segment = (hscb_segment *)0x5a5a5a50;
static hscb_breaker *const untouched_breaker = (hscb_breaker *)0x5a5a5a50;

static const char *const NOT_UTF8[] = {"\xff", "\xc3", "relay\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc0\xaf"};

static void expect_segment(int32_t status, const char *name) {
    hscb_segment *segment = untouched_segment;
    EXPECT(status, hscb_segment_open(name, NULL, &segment));
    CHECK((status < 0) == (segment == untouched_segment));
    if (status >= 0)
        hscb_segment_close(segment);
}

static void expect_breaker(int32_t status, hscb_segment *segment, const char *name) {
    hscb_breaker *breaker = untouched_breaker;
    EXPECT(status, hscb_breaker_open(segment, name, NULL, &breaker));
    CHECK((status < 0) == (breaker == untouched_breaker));
    if (status >= 0)
        hscb_breaker_close(breaker);
}

static void expect_json(int32_t status, const char *json, const char *named) {
    hscb_config config, before;
    memset(&config, 0x5a, sizeof config);
    config.struct_size = sizeof config;
    before = config;
    EXPECT(status, hscb_config_from_json(json, &config));
    CHECK((status < 0) == (memcmp(&config, &before, sizeof config) == 0));
    if (named != NULL && strstr(hscb_last_error(), named) == NULL) {
        fprintf(stderr, "the message does not name %s: %s\n", named, hscb_last_error());
        exit(1);
    }
}

static void names(void) {
    char x[130];
    memset(x, 'x', sizeof x);
    for (size_t i = 0; i < sizeof NOT_UTF8 / sizeof *NOT_UTF8; i++) {
        expect_segment(HSCB_ERR_UTF8, NOT_UTF8[i]);
        expect_breaker(HSCB_ERR_UTF8, NULL, NOT_UTF8[i]);
        expect_json(HSCB_ERR_UTF8, NOT_UTF8[i], NULL);
    }
    static const char *const bad_segments[] = {"", ".", "..", "a/b", "/a", "a b", "\xc3\xa4", "a\n", "a.lock"};
    for (size_t i = 0; i < sizeof bad_segments / sizeof *bad_segments; i++)
        expect_segment(HSCB_ERR_NAME, bad_segments[i]);
    x[65] = 0;
    expect_segment(HSCB_ERR_NAME, x);
    x[65] = 'x', x[64] = 0;
    expect_segment(HSCB_OK, x);
    x[64] = 'x';
    expect_segment(HSCB_OK, "AZaz09._-");

    hscb_segment *shared = NULL, *private = NULL;
    EXPECT(HSCB_OK, hscb_segment_open("consumer-strings", NULL, &shared));
    EXPECT(HSCB_OK, hscb_segment_open(NULL, NULL, &private));
    hscb_segment *const segments[] = {shared, private, NULL};
    static const char *const bad_breakers[] = {"", "a\n", "\x7f", "\x01", "\xc2\x85"};
    for (size_t s = 0; s < 3; s++) {
        for (size_t i = 0; i < sizeof bad_breakers / sizeof *bad_breakers; i++)
            expect_breaker(HSCB_ERR_NAME, segments[s], bad_breakers[i]);
        x[128] = 0;
        expect_breaker(HSCB_ERR_NAME, segments[s], x);
        x[128] = 'x', x[127] = 0;
        expect_breaker(HSCB_OK, segments[s], x);
        x[127] = 'x';
        expect_breaker(HSCB_OK, segments[s], "https://api.holysheep.ai/v1|\xe6\xa8\xa1\xe5\x9e\x8b");
    }
    hscb_segment_close(shared);
    hscb_segment_close(private);
}

static void json(void) {
    static const char *const none[] = {"", " ", "{", "[]", "1", "null", "\"x\"", "{\"open_ms\": 1,}", "{} {}", "{'a':1}"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        expect_json(HSCB_ERR_JSON, none[i], NULL);
    static const char *const refused[][2] = {
        {"{\"openMs\": 1}", "openMs"},
        {"{\"open_ms\": 0}", "open_ms"},
        {"{\"open_ms\": 86400001}", "open_ms"},
        {"{\"open_ms\": -1}", "open_ms"},
        {"{\"open_ms\": \"1\"}", "open_ms"},
        {"{\"open_ms\": 1.5}", "open_ms"},
        {"{\"open_ms\": 18446744073709551617}", "open_ms"},
        {"{\"failure_rate\": 1.01}", "failure_rate"},
        {"{\"failure_rate\": null}", "failure_rate"},
        {"{\"window\": \"moon\"}", "window"},
        {"{\"half_open_verdict\": 1}", "half_open_verdict"},
        {"{\"struct_size\": 112}", "struct_size"},
        {"{\"reserved\": 0}", "reserved"},
        {"{\"failure_threshold\": 0}", "failure_rate"},
        {"{\"slow_rate\": 0.5}", "slow_rate"},
        {"{\"window\": \"calls\", \"window_calls\": 4}", "failure_threshold"},
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        expect_json(HSCB_ERR_CONFIG, refused[i][0], refused[i][1]);

    hscb_config config = {.struct_size = sizeof config}, defaults = {.struct_size = sizeof defaults};
    EXPECT(HSCB_OK, hscb_config_init(&defaults));
    EXPECT(HSCB_OK, hscb_config_from_json("{}", &config));
    CHECK(memcmp(&config, &defaults, sizeof config) == 0);
    EXPECT(HSCB_OK, hscb_config_from_json("{\"open_ms\": 7, \"failure_rate\": 0.25, \"window\": \"calls\"}", &config));
    CHECK(config.open_ms == 7 && config.failure_rate == 0.25 && config.window == HSCB_WINDOW_CALLS);
    CHECK(config.failure_threshold == defaults.failure_threshold && config.reserved == 0);
}

/* A message of any length has an end; it is cut at a character. */
static void long_messages(void) {
    for (size_t length = 900; length < 1200; length += 7) {
        char json[4096] = "{\"";
        for (size_t i = 0; i < length; i++)
            strcat(json, "\xe7\xbe\x8a"); /* a sheep */
        strcat(json, "\": 1}");
        expect_json(HSCB_ERR_CONFIG, json, NULL);
        const char *message = hscb_last_error();
        size_t end = strlen(message);
        CHECK(end > 900 && end < 1024);
        CHECK(message[end - 1] == '\x8a' || (unsigned char)message[end - 1] < 0x80);
    }
}

static void *another_thread(void *seen) {
    CHECK(*hscb_last_error() == 0);
    EXPECT(HSCB_ERR_NULL, hscb_config_init(NULL));
    *(const char **)seen = hscb_last_error();
    return NULL;
}

/* Each thread has its own message. */
static void messages_of_threads(void) {
    char before[1024];
    const char *theirs = NULL;
    pthread_t thread;
    expect_json(HSCB_ERR_CONFIG, "{\"mine\": 1}", "mine");
    strcpy(before, hscb_last_error());
    CHECK(pthread_create(&thread, NULL, another_thread, &theirs) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(theirs != hscb_last_error());
    CHECK(strcmp(before, hscb_last_error()) == 0);
}

void strings(void) {
    names();
    json();
    long_messages();
    messages_of_threads();
}
