/* A worker in C: its calls go through a socket, with the breaker of their host and model.
 *
 * worker HOST:PORT SEGMENT FOLDER */
#define _POSIX_C_SOURCE 200809L
#include "holysheep_cb.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const char *host, *folder;
static hscb_breaker *breaker;
static const char body[] = "{\"model\":\"gpt-4.1\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";

static void require(bool is_so, const char *what) {
    if (is_so)
        return;
    fprintf(stderr, "worker.c: %s: %s\n", what, hscb_last_error());
    exit(1);
}

static void rest(void) {
    struct timespec t = {.tv_nsec = 2000000};
    nanosleep(&t, NULL);
}

/* Waits until a stage begins. */
static void stage(int number) {
    char path[512];
    snprintf(path, sizeof path, "%s/%d", folder, number);
    while (access(path, F_OK) != 0)
        rest();
}

/* How many calls were made in it. */
static void report(int number, int calls) {
    char unfinished[512], path[512];
    snprintf(unfinished, sizeof unfinished, "%s/unfinished.%ld", folder, (long)getpid());
    snprintf(path, sizeof path, "%s/%d.%ld", folder, number, (long)getpid());
    FILE *file = fopen(unfinished, "w");
    require(file != NULL && fprintf(file, "%d", calls) > 0 && fclose(file) == 0, unfinished);
    require(rename(unfinished, path) == 0, path);
}

/* Sends the request; what came back until the server closed, -1 if it could not be asked. */
static ssize_t exchange(char *answer, size_t room) {
    static const char head[] = "POST /v1/chat/completions HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n"
                               "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s";
    char request[512];
    int length = snprintf(request, sizeof request, head, host, sizeof body - 1, body);
    struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(strchr(host, ':') + 1))};
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int s = socket(AF_INET, SOCK_STREAM, 0);
    ssize_t got = -1, more = 0;
    if (connect(s, (struct sockaddr *)&server, sizeof server) == 0 && send(s, request, (size_t)length, 0) == length)
        for (got = 0; (more = recv(s, answer + got, room - (size_t)got, 0)) > 0;)
            got += more;
    close(s);
    return more < 0 ? -1 : got;
}

/* Shows an answer to the library, which judges it. */
static hscb_verdict judge(char *answer, ssize_t length, int *status) {
    hscb_verdict verdict = {.struct_size = sizeof verdict};
    hscb_response *response = NULL;
    char *end = length > 0 ? strstr(answer, "\r\n\r\n") : NULL;
    size_t announced = 0;
    require(end != NULL && sscanf(answer, "HTTP/1.1 %d", status) == 1, "an answer with headers");
    require(hscb_response_begin((uint32_t)*status, 0, &response) == HSCB_OK, "begin");
    for (char *line = strstr(answer, "\r\n") + 2; line < end + 2;) {
        char *colon = strchr(line, ':'), *next = strstr(line, "\r\n");
        const char *value = colon + 1 + strspn(colon + 1, " ");
        if (strncasecmp(line, "content-length:", 15) == 0)
            announced = (size_t)atol(value);
        require(hscb_response_header(response, (const uint8_t *)line, (size_t)(colon - line), (const uint8_t *)value,
                                     (size_t)(next - value)) == HSCB_OK,
                "header");
        line = next + 2;
    }
    size_t came = (size_t)(answer + length - (end + 4));
    require(hscb_response_body(response, (const uint8_t *)end + 4, came) >= 0, "body");
    require(hscb_response_end(response, came < announced ? HSCB_END_CUT : HSCB_END_COMPLETE, &verdict) == HSCB_OK, "end");
    hscb_response_close(response);
    return verdict;
}

/* The status; 0 if it was refused. */
static int call(void) {
    char answer[65536] = "";
    int status = -1;
    uint64_t permit = hscb_admit(breaker);
    if (permit == 0) {
        rest();
        return 0;
    }
    ssize_t length = exchange(answer, sizeof answer - 1);
    require(length >= 0, "the server is there");
    hscb_verdict verdict = judge(answer, length, &status);
    require(hscb_record_verdict(breaker, permit, &verdict, UINT64_MAX) == HSCB_OK, "record");
    return status;
}

int main(int argc, char **argv) {
    hscb_segment *segment = NULL;
    char name[HSCB_NAME_BYTES];
    int calls = 0;
    require(argc == 4, "worker HOST:PORT SEGMENT FOLDER");
    host = argv[1];
    folder = argv[3];
    require(hscb_request_name(host, (const uint8_t *)body, sizeof body - 1, name, sizeof name) > 0, "a name");
    require(hscb_segment_open(argv[2], NULL, &segment) == HSCB_OK, argv[2]);
    require(hscb_breaker_open(segment, name, NULL, &breaker) == HSCB_OK, name);

    stage(1);
    for (int i = 0; i < 20; i++)
        require(call() == 200, "a healthy answer");
    report(1, 20);

    stage(2);
    while (call() != 0)
        calls++;
    report(2, calls);

    stage(3);
    while (call() != 200)
        ;
    report(3, 1);
    hscb_breaker_close(breaker);
    hscb_segment_close(segment);
}
