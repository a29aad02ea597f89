/*
 * A worker of `hscb demo` in C: calls an API through a circuit breaker that other processes may share.
 *
 * What matters is guarded_call(): ask, call, record. The rest is how `hscb demo` runs its workers: settings come in
 * the environment, a JSON line per fact goes to standard output, the end of standard input ends the worker.
 *
 * cc -std=c11 -Wall -Wextra -Werror -Iinclude examples/demo/worker.c -Ltarget/release -lholysheep_cb
 */
#define _POSIX_C_SOURCE 200809L
#include "holysheep_cb.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* A setting from the environment, "" if it is not set. */
static const char *setting(const char *name) {
    const char *value = getenv(name);
    return value ? value : "";
}

/* Stops with the library's own message where a status says that a call failed. */
static void check(int32_t status) {
    if (status < 0) {
        fprintf(stderr, "holysheep_cb: %s\n", hscb_last_error());
        exit(1);
    }
}

/* The breaker `chat`: in the segment that the environment names, else this process's own. */
static hscb_breaker *open_breaker(void) {
    hscb_segment *segment = NULL;
    hscb_breaker *breaker = NULL;
    hscb_config config = {.struct_size = sizeof config};
    if (*setting("HSCB_DEMO_SEGMENT"))
        check(hscb_segment_open(setting("HSCB_DEMO_SEGMENT"), NULL, &segment));
    check(hscb_config_from_json(setting("HSCB_DEMO_CONFIG"), &config));
    check(hscb_breaker_open(segment, "chat", &config, &breaker));
    hscb_segment_close(segment); /* takes NULL; the breaker keeps what it needs */
    return breaker;
}

/* The mode that the breaker is in, as seen by this process. */
static uint32_t mode(const hscb_breaker *breaker) {
    hscb_snapshot snapshot = {.struct_size = sizeof snapshot};
    check(hscb_breaker_snapshot(breaker, &snapshot));
    return snapshot.mode;
}

/* Reports one fact to the demo; `details` is "" or begins with a comma. */
static void say(const char *fact, const char *details) {
    printf("{\"fact\":\"%s\",\"at\":%" PRIu64 "%s}\n", fact, hscb_now_ns(), details);
    if (fflush(stdout) != 0)
        exit(0); /* the demo is gone: nobody is left to report to */
}

/* A clock fine enough for a rejection, which takes nanoseconds. */
static uint64_t fine_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* One real HTTP call; true if the service answered 200 in time. */
static bool call_api(uint16_t port, long timeout_ms) {
    static const char body[] = "{\"model\":\"gpt-4.1\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";
    static const char head[] = "POST /v1/chat/completions HTTP/1.1\r\nHost: relay\r\nConnection: close\r\n"
                               "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s";
    char request[512], answer[4096] = "";
    int length = snprintf(request, sizeof request, head, sizeof body - 1, body);
    struct timeval limit = {.tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000};
    struct in_addr host = {.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in relay = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = host};
    int s = socket(AF_INET, SOCK_STREAM, 0);
    bool ok = s >= 0 && setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0 &&
              connect(s, (struct sockaddr *)&relay, sizeof relay) == 0 &&
              send(s, request, (size_t)length, 0) == length &&
              recv(s, answer, sizeof answer - 1, MSG_WAITALL) > 0 && strncmp(answer, "HTTP/1.1 200", 12) == 0;
    close(s); /* does nothing to a socket that was not made */
    return ok;
}

/* Asks the breaker, calls, and records how it went; a rejected call costs what hscb_admit() costs. */
static void guarded_call(const hscb_breaker *breaker, uint16_t port, long timeout_ms) {
    char details[64];
    uint64_t began = fine_ns();
    uint64_t permit = hscb_admit(breaker);
    uint64_t asked = fine_ns();
    if (permit == 0) {
        snprintf(details, sizeof details, ",\"ns\":%" PRIu64, asked - began);
        say("rejected", details);
        return;
    }
    if (mode(breaker) == HSCB_HALF_OPEN)
        say("probe", "");
    bool ok = call_api(port, timeout_ms);
    hscb_record(breaker, permit, ok ? HSCB_SUCCESS : HSCB_FAILURE);
    snprintf(details, sizeof details, ",\"ok\":%s,\"ns\":%" PRIu64, ok ? "true" : "false", fine_ns() - asked);
    say("result", details);
}

/* Calls at its own pace until standard input is closed. */
int main(void) {
    char details[32];
    long timeout_ms = atol(setting("HSCB_DEMO_TIMEOUT_MS"));
    uint16_t port = (uint16_t)atoi(setting("HSCB_DEMO_PORT"));
    hscb_breaker *breaker = open_breaker();
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    uint32_t seen = UINT32_MAX;
    signal(SIGPIPE, SIG_IGN);
    snprintf(details, sizeof details, ",\"pid\":%ld", (long)getpid());
    say("hello", details);
    while (poll(&input, 1, atoi(setting("HSCB_DEMO_PACE_MS"))) == 0) {
        guarded_call(breaker, port, timeout_ms);
        if (mode(breaker) == seen)
            continue;
        seen = mode(breaker);
        snprintf(details, sizeof details, ",\"mode\":%" PRIu32, seen);
        say("mode", details);
    }
    hscb_breaker_close(breaker);
}
