/*
 * Two processes share a breaker by name: one burns its calls on a dead service, the other never has to.
 *
 * cc -std=c11 shared.c $(pkg-config --cflags --libs holysheep_cb)
 *
 * Both run this file. What they have in common is two names; neither knows the other, and either may come first.
 */
#define _POSIX_C_SOURCE 200809L
#include <holysheep_cb.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void check(int32_t status) {
    if (status < 0) {
        fprintf(stderr, "holysheep_cb: %s\n", hscb_last_error());
        exit(1);
    }
}

/* The breaker "relay" in the segment "example-shared", made by whichever process comes first. */
static hscb_breaker *open_breaker(void) {
    hscb_segment *segment = NULL;
    hscb_breaker *breaker = NULL;
    hscb_config config = {.struct_size = sizeof config};
    check(hscb_config_from_json("{\"failure_threshold\": 3, \"open_ms\": 10000}", &config));
    check(hscb_segment_open("example-shared", NULL, &segment));
    check(hscb_breaker_open(segment, "relay", &config, &breaker));
    hscb_segment_close(segment); /* the breaker keeps what it needs */
    return breaker;
}

/* Calls until the breaker rejects. */
static int worker(void) {
    hscb_breaker *breaker = open_breaker();
    int failed = 0;
    for (uint64_t permit; (permit = hscb_admit(breaker)) != 0; failed++)
        hscb_record(breaker, permit, HSCB_FAILURE); /* a real call would take its timeout here */
    printf("worker: %d calls failed, the next was rejected\n", failed);
    hscb_breaker_close(breaker);
    return 0;
}

int main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "worker") == 0)
        return worker();

    hscb_breaker *breaker = open_breaker();
    check(hscb_set_mode(breaker, HSCB_CLOSED)); /* whatever an earlier run has left */
    printf("before: a call %s\n", hscb_would_admit(breaker) ? "may go" : "is rejected");
    fflush(stdout);

    pid_t child = fork();
    if (child == 0) {
        execl(argv[0], argv[0], "worker", (char *)NULL); /* another program, with no handle of ours */
        _exit(127);
    }
    int status = 1;
    if (child < 0 || waitpid(child, &status, 0) < 0 || status != 0) {
        fprintf(stderr, "the worker failed\n");
        return 1;
    }

    hscb_snapshot snapshot = {.struct_size = sizeof snapshot};
    check(hscb_breaker_snapshot(breaker, &snapshot));
    printf("after: a call %s; %" PRIu64 " failures, none of them ours\n",
           hscb_would_admit(breaker) ? "may go" : "is rejected", snapshot.failures_total);
    hscb_breaker_close(breaker);
    return 0;
}
