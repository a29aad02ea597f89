/*
 * holysheep_cb.h: a lock-free circuit breaker that every thread, process and language on a host share.
 *
 * Rendered by cbindgen from src/ffi; do not edit. docs/ABI.md tells the same at length, with a complete example.
 * C11 and C++17; holysheep_cb.hpp wraps it for C++. Link with `pkg-config --cflags --libs holysheep_cb`.
 *
 *     uint64_t permit = hscb_admit(breaker);
 *     if (permit == 0)
 *         return -1;                          rejected: hscb_retry_after_ns(breaker) says for how long
 *     int failed = call_the_service();
 *     hscb_record(breaker, permit, failed ? HSCB_FAILURE : HSCB_SUCCESS);
 *
 * Status. A function that can fail returns int32_t: 0 (HSCB_OK) or a positive note or count, else a negative
 * hscb_status, HSCB_ERR_... Each number has one meaning, for ever; expect numbers that you do not know.
 * hscb_last_error() says for people what this thread's last failure was. Out-parameters are written only on success.
 *
 * Hot functions: hscb_admit, _record, _record_duration, _record_throttled, _would_admit, _retry_after_ns, and
 * hscb_latency_ns, and those of limiters and bulkheads, have no status, for a breaker must never be the reason that a call
 * fails. With a NULL handle, or after a defect inside the library, hscb_admit and hscb_bulkhead_enter return
 * HSCB_PERMIT_PASS (the call goes, and is recorded nowhere), hscb_would_admit true, the others 0 or nothing. An unknown outcome counts as HSCB_IGNORED.
 *
 * Permits. What hscb_admit returned, unless 0, is given back once, by whichever thread. A permit that never comes back
 * costs a half-open breaker one probe until its lease (probe_lease_ms) is over, and a closed one nothing.
 *
 * Structs begin with struct_size. Set it to sizeof before any function sees the struct, and let hscb_config_init fill
 * in what it knows:
 *
 *     hscb_config config = {.struct_size = sizeof config};
 *     hscb_config_init(&config);
 *
 * Nothing is written past struct_size; 0 stands for the first published layout. A struct of an older header takes the
 * defaults for what it lacks; one of a newer header is refused (HSCB_ERR_STRUCT_SIZE) unless what this library does not
 * know is zero. A size over 4096, or one that cuts a field, is refused. Structs that are filled in, such as
 * hscb_snapshot, say their size likewise; in an array the first one's is the stride.
 *
 * Ownership. A handle from an _open function is yours until its _close function, which takes NULL too. A segment may be
 * closed before its breakers: its memory goes with the last handle. Strings that you pass are read during the call only;
 * strings that you get belong to the library.
 *
 * Threads and fork. Every function may be called from any thread, and a handle be used by many at once (but a response
 * by one at a time); only closing it must come after every other use. After fork() the child may use the handles that it inherited: those of a shared
 * segment are still the same breakers, those of a private one are the child's own copies. Not for signal handlers.
 *
 * Time is monotonic, in ns, with one origin for all processes of the host: hscb_now_ns(). Functions that end in _at take
 * it as an argument, for tests and replays; mix them with the plain ones only if their times are of this clock.
 */

#ifndef HOLYSHEEP_CB_H
#define HOLYSHEEP_CB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Which library this is ---- */

// The version of this header; hscb_version() gives that of the loaded library.
#define HSCB_VERSION "0.1.0"
#define HSCB_VERSION_MAJOR 0
#define HSCB_VERSION_MINOR 1
#define HSCB_VERSION_PATCH 0

// The ABI's major version: raised when a caller of an older header could break.
#define HSCB_ABI_MAJOR 0

// The ABI's minor version: raised when something was added.
#define HSCB_ABI_MINOR 4

// The ABI of this header, as hscb_abi_version gives that of the loaded library.
#define HSCB_ABI_VERSION ((HSCB_ABI_MAJOR << 16) | HSCB_ABI_MINOR)

// The ABI that the loaded library has, to be compared with HSCB_ABI_VERSION: major << 16 | minor.
uint32_t hscb_abi_version(void);

// The version of the loaded library, such as "0.1.0".
const char *hscb_version(void);

// The time in ns on the clock that all functions use: monotonic, coarse (1 to 4 ms), the same for all processes of the
// host.
uint64_t hscb_now_ns(void);

/* ---- Status ---- */

// 0 or a positive note on success, negative on failure. Numbers are never reused.
typedef int32_t hscb_status;

// Done.
#define HSCB_OK 0

// Done; the breaker existed already with another configuration, which it keeps.
#define HSCB_EXISTING 1

// Done; the call was made, or was to be, and failed: its result says why.
#define HSCB_CALL_FAILED 2

// A required pointer is NULL.
#define HSCB_ERR_NULL -1

// A struct_size that no version of this ABI has, or a longer struct with something in its unknown tail.
#define HSCB_ERR_STRUCT_SIZE -2

// A string is not UTF-8.
#define HSCB_ERR_UTF8 -3

// A segment's or breaker's name is not allowed.
#define HSCB_ERR_NAME -4

// A configuration value is out of range, unknown, or contradicts another.
#define HSCB_ERR_CONFIG -5

// A configuration text is no JSON object.
#define HSCB_ERR_JSON -6

// An argument is out of its range.
#define HSCB_ERR_ARGUMENT -7

// The breaker cannot go there from its present mode.
#define HSCB_ERR_MODE -8

// There is no such segment, and it may not be made.
#define HSCB_ERR_NOT_FOUND -9

// The segment was not ready within a second.
#define HSCB_ERR_NOT_READY -10

// The file is of another layout, or no segment.
#define HSCB_ERR_LAYOUT -11

// The file is shorter than its header says.
#define HSCB_ERR_TRUNCATED -12

// The file or directory is not ours, is writable by everyone, or may not be opened.
#define HSCB_ERR_PERMISSION -13

// The file system is full.
#define HSCB_ERR_NO_SPACE -14

// Every slot of the segment is taken.
#define HSCB_ERR_FULL -15

// The operating system refused for another reason.
#define HSCB_ERR_IO -16

// This platform lacks what is needed.
#define HSCB_ERR_UNSUPPORTED -17

// The segment was opened for reading only.
#define HSCB_ERR_READ_ONLY -18

// A panic was caught at the border: a defect of this library.
#define HSCB_ERR_PANIC -19

// The message of this thread's last failure, for people: what was wrong, where, and what would be right. Never NULL;
// empty before the first failure; valid until this thread's next failure.
const char *hscb_last_error(void);

/* ---- Handles ---- */

// A handle of a breaker. Handles of the same name in the same segment, in any process, are the same breaker.
typedef struct hscb_breaker hscb_breaker;

// A handle of a bulkhead. Handles of the same name in the same segment, in any process, are the same bulkhead.
typedef struct hscb_bulkhead hscb_bulkhead;

// A call that waits for a seat. For one thread at a time.
typedef struct hscb_bulkhead_place hscb_bulkhead_place;

// What a call of a client can be broken off by, from any thread.
typedef struct hscb_cancel hscb_cancel;

// A client for AI relays.
typedef struct hscb_client hscb_client;

// A handle of a rate limiter. Handles of the same name in the same segment, in any process, are the same limiter.
typedef struct hscb_limiter hscb_limiter;

// Units that a call has taken, and when it may go.
typedef struct hscb_limiter_turn hscb_limiter_turn;

// A response that is being judged. For one thread at a time.
typedef struct hscb_response hscb_response;

// What a call of a client came to: an answer, or why there is none.
typedef struct hscb_result hscb_result;

// A segment: memory that holds named breakers and their events, private to the process or a file that many map.
typedef struct hscb_segment hscb_segment;

/* ---- Configuration ---- */

// The window is one of time.
#define HSCB_WINDOW_TIME 0

// The window is one of calls.
#define HSCB_WINDOW_CALLS 1

// The first failed probe reopens.
#define HSCB_VERDICT_STRICT 0

// The rates over half_open_max_calls results decide.
#define HSCB_VERDICT_RATE 1

// The configuration of a breaker. Set struct_size, call hscb_config_init, then change what you like.
typedef struct hscb_config {
    // sizeof(hscb_config) of the caller; 0 = the first published layout.
    uint32_t struct_size;
    // Failures in the window that the failure rule asks for; 0 to 64, 0 = it asks for none. Default 5.
    uint32_t failure_threshold;
    // Share of the window's calls that must have failed for the failure rule; 0 to 1, 0 = any. Default 0.5.
    double failure_rate;
    // Calls in the window below which neither rate holds; 0 to 1048576. Default 0.
    uint32_t min_calls;
    // The row rule: this many failures in a row; 0 to 1024, 0 = off. Default 0.
    uint32_t consecutive_failures;
    // The slow rule: share of the window's calls that were slow; 0 to 1, 0 = off. Default 0.
    double slow_rate;
    // A call is slow if it took at least this long, ms; 0 to 86400000, 0 = none is. Default 0.
    uint32_t slow_call_ms;
    // HSCB_WINDOW_TIME (default) or HSCB_WINDOW_CALLS.
    uint32_t window;
    // Length of the time window, ms; 1 to 86400000. Default 60000.
    uint32_t window_ms;
    // Ticks in the time window; 1 to 64. Default 10.
    uint32_t window_buckets;
    // Length of the window of calls; 1 to 1024. Default 100.
    uint32_t window_calls;
    // How long the first opening lasts, ms; 1 to 86400000. Default 30000.
    uint32_t open_ms;
    // The k-th opening since the last close lasts open_ms * open_backoff^(k-1); 1 to 10. Default 1.
    double open_backoff;
    // The longest opening, ms, never less than open_ms; 1 to 86400000. Default 300000.
    uint32_t open_max_ms;
    // Must be 0.
    uint32_t reserved;
    // An opening is lengthened by a random share of up to this; 0 to 1. Default 0.
    double open_jitter;
    // Probes of one half-open episode, in flight and recorded; 1 to 255. Default 3.
    uint32_t half_open_max_calls;
    // Cap on probes in flight at once; 0 to 255, 0 = none beyond half_open_max_calls. Default 0.
    uint32_t half_open_max_concurrent;
    // Successes that close (strict verdict); 1 to 255. Default 2.
    uint32_t success_threshold;
    // HSCB_VERDICT_STRICT (default) or HSCB_VERDICT_RATE.
    uint32_t half_open_verdict;
    // Least time between two probe admissions, ms; 0 to 86400000. Default 0.
    uint32_t half_open_interval_ms;
    // After this long half-open, reopen, ms; 0 to 86400000, 0 = never. Default 0.
    uint32_t half_open_max_ms;
    // The time a probe may stay out before it counts as lost, ms; at least 1. Default 60000.
    uint32_t probe_lease_ms;
    // Cap on a server's Retry-After, ms; 0 to 86400000, 0 = hints are not honoured. Default 300000.
    uint32_t retry_after_max_ms;
} hscb_config;

// Fills a configuration with the defaults. Set `c->struct_size` before.
//
// `c` is NULL or points to as many writable bytes as its struct_size says.
int32_t hscb_config_init(hscb_config *c);

// The configuration that is in force. Set `out->struct_size` before.
//
// `breaker` is NULL or open; `out` is NULL or points to as many writable bytes as its struct_size says.
int32_t hscb_breaker_config(const hscb_breaker *breaker, hscb_config *out);

// Reads a JSON object with the field names of hscb_config; fields that it does not name have their defaults. Set
// `out->struct_size` before. Unknown fields and values out of range are errors that name the field.
//
// `json` is NULL or NUL-terminated; `out` is NULL or points to as many writable bytes as its struct_size says.
int32_t hscb_config_from_json(const char *json, hscb_config *out);

/* ---- Segments ---- */

// Refuse a segment that is not there instead of making it.
#define HSCB_SEGMENT_EXISTING 1

// Look only: map the file for reading; no breaker can be opened. Implies HSCB_SEGMENT_EXISTING.
#define HSCB_SEGMENT_READ_ONLY 2

// How a segment is opened; 0 stands for the default of each field.
typedef struct hscb_segment_options {
    // sizeof(hscb_segment_options) of the caller; 0 = the first published layout.
    uint32_t struct_size;
    // Room for so many breakers, for who makes the segment; 1 to 1048576. Default 1024.
    uint32_t capacity;
    // Counters per breaker that CPUs are spread over, for who makes the segment; a power of two up to 64. Default: one
    // for each CPU, at most 8.
    uint32_t stripes;
    // Permissions of the file, for who makes the segment: 0600 (default) or 0660.
    uint32_t file_mode;
    // HSCB_SEGMENT_EXISTING, HSCB_SEGMENT_READ_ONLY.
    uint32_t flags;
} hscb_segment_options;

// Opens a segment, and makes it if it is not there.
//
// `name`: 1 to 64 of A-Z a-z 0-9 . _ - for one that all processes of the host share (a file in $HOLYSHEEP_CB_DIR or
// /dev/shm/holysheep-cb-UID); NULL for a new one of this process alone. `options`: NULL for the defaults. `*out`: to be
// closed with hscb_segment_close.
//
// `name` is NULL or NUL-terminated; `options` is NULL or points to as many bytes as its struct_size says; `out` is NULL
// or points to a pointer.
int32_t hscb_segment_open(const char *name, const hscb_segment_options *options, hscb_segment **out);

// Where the segment's file lies, written to `buf` with its NUL; the length without, 0 for a private one. Too little room is
// HSCB_ERR_ARGUMENT, and so is a path that is not UTF-8.
//
// `segment` is NULL or open; `buf` is NULL or points to `cap` writable bytes.
int32_t hscb_segment_path(const hscb_segment *segment,
                          char *buf,
                          uint32_t cap);

// The name of a breaker in the segment, written to `buf` with its NUL; the length without, 0 after the last one. `*cursor`
// says which, begins with 0 and moves on. HSCB_NAME_BYTES are always room enough; too little is HSCB_ERR_ARGUMENT.
//
// `segment` is NULL or open; `cursor` is NULL or points to a number; `buf` is NULL or points to `cap` writable bytes.
int32_t hscb_segment_next_name(const hscb_segment *segment,
                               uint32_t *cursor,
                               char *buf,
                               uint32_t cap);

// As hscb_segment_next_name, of the limiters.
int32_t hscb_segment_next_limiter(const hscb_segment *segment, uint32_t *cursor, char *buf, uint32_t cap);

// As hscb_segment_next_name, of the bulkheads.
int32_t hscb_segment_next_bulkhead(const hscb_segment *segment, uint32_t *cursor, char *buf, uint32_t cap);

// How many processes have the segment open for use, this one included, and none that has ended, whatever its end. A
// private one has 1. HSCB_ERR_UNSUPPORTED where the system does not say.
//
// `segment` is NULL or open.
int32_t hscb_segment_processes(const hscb_segment *segment);

// Closes a segment; NULL is none. Its breakers may stay open: the memory goes with the last handle.
//
// `segment` is NULL or came from hscb_segment_open, and is not used any more.
void hscb_segment_close(hscb_segment *segment);

/* ---- Breakers ---- */

// The call did what it should.
#define HSCB_SUCCESS 0

// The service failed the call.
#define HSCB_FAILURE 1

// Cancelled, or the caller's own fault: no verdict on the service.
#define HSCB_IGNORED 2

// Admits all calls and records them.
#define HSCB_CLOSED 0

// Rejects all calls until its deadline.
#define HSCB_OPEN 1

// Admits probes.
#define HSCB_HALF_OPEN 2

// Rejects all calls until told otherwise.
#define HSCB_FORCED_OPEN 3

// Admits all calls, keeps totals only.
#define HSCB_DISABLED 4

// Admits and records all calls, never trips.
#define HSCB_OBSERVING 5

// The permit of a call that goes without a breaker and is recorded nowhere.
#define HSCB_PERMIT_PASS 1

// Gets the breaker of this name, or creates it.
//
// `segment`: NULL for a private one that all of this process shares. `name`: 1 to 127 bytes of UTF-8 without control
// characters. `config`: NULL for the defaults, or the existing breaker's own. An existing breaker keeps its
// configuration: HSCB_EXISTING (1) if that differs from `config`. `*out`: to be closed with hscb_breaker_close.
//
// `segment` is NULL or open; `name` is NULL or NUL-terminated; `config` is NULL or points to as many bytes as its
// struct_size says; `out` is NULL or points to a pointer.
int32_t hscb_breaker_open(hscb_segment *segment, const char *name, const hscb_config *config, hscb_breaker **out);

// Replaces the configuration, for every process that shares the breaker. Mode and window stay, unless window,
// window_ms, window_buckets or window_calls change, which empties the window.
//
// `breaker` is NULL or open; `config` is NULL or points to as many bytes as its struct_size says.
int32_t hscb_breaker_configure(const hscb_breaker *breaker, const hscb_config *config);

// Closes a breaker; NULL is none. In a shared segment the breaker itself stays.
//
// `breaker` is NULL or came from hscb_breaker_open, and is not used any more.
void hscb_breaker_close(hscb_breaker *breaker);

// Asks whether a call may go: its permit, to be given back with hscb_record; 0 = rejected.
//
// `breaker` is NULL (the answer is HSCB_PERMIT_PASS) or open.
uint64_t hscb_admit(const hscb_breaker *breaker);

// hscb_admit at a stated time, ns of hscb_now_ns.
uint64_t hscb_admit_at(const hscb_breaker *breaker, uint64_t now_ns);

// Gives a permit back with the call's outcome; its duration is the time since it was admitted. An unknown outcome is
// ignored.
//
// `breaker` is NULL (nothing happens) or open.
void hscb_record(const hscb_breaker *breaker, uint64_t permit, int32_t outcome);

// hscb_record at a stated time, ns of hscb_now_ns.
void hscb_record_at(const hscb_breaker *breaker, uint64_t permit, int32_t outcome, uint64_t now_ns);

// As hscb_record, with a duration other than the time since admission, such as that to the first token.
void hscb_record_duration(const hscb_breaker *breaker, uint64_t permit, int32_t outcome, uint64_t duration_ns);

// hscb_record_duration at a stated time, ns of hscb_now_ns.
void hscb_record_duration_at(const hscb_breaker *breaker,
                             uint64_t permit,
                             int32_t outcome,
                             uint64_t duration_ns,
                             uint64_t now_ns);

// Gives a permit back with a failure for which the server said how long to wait (429 or 503 with Retry-After): opens
// the breaker at once for that long, at most retry_after_max_ms.
void hscb_record_throttled(const hscb_breaker *breaker, uint64_t permit, uint64_t retry_after_ms);

// hscb_record_throttled at a stated time, ns of hscb_now_ns.
void hscb_record_throttled_at(const hscb_breaker *breaker, uint64_t permit, uint64_t retry_after_ms, uint64_t now_ns);

// Whether hscb_admit would admit a call now; changes nothing.
//
// `breaker` is NULL (the answer is true) or open.
bool hscb_would_admit(const hscb_breaker *breaker);

// hscb_would_admit at a stated time, ns of hscb_now_ns.
bool hscb_would_admit_at(const hscb_breaker *breaker, uint64_t now_ns);

// How long until a call would be admitted, ns: 0 = now, UINT64_MAX = not to be known (forced open, or probes are out).
//
// `breaker` is NULL (the answer is 0) or open.
uint64_t hscb_retry_after_ns(const hscb_breaker *breaker);

// hscb_retry_after_ns at a stated time, ns of hscb_now_ns.
uint64_t hscb_retry_after_ns_at(const hscb_breaker *breaker, uint64_t now_ns);

/* ---- Rate limiters ---- */

// The configuration of a limiter. Set struct_size, call hscb_limiter_config_init, then change what you like.
typedef struct hscb_limiter_config {
    // sizeof(hscb_limiter_config) of the caller; 0 = the first published layout.
    uint32_t struct_size;
    // Units per period; 1 to 1000000000. Default 60.
    uint32_t limit;
    // The period, ms; 1 to 86400000. Default 60000.
    uint32_t period_ms;
    // Units that may go at once after a quiet time; 1 to 1000000000. Default 1: evenly spaced.
    uint32_t burst;
} hscb_limiter_config;

// A limiter at one moment. Totals only ever grow.
typedef struct hscb_limiter_snapshot {
    // sizeof(hscb_limiter_snapshot) of the caller; 0 = the first published layout.
    uint32_t struct_size;
    // Units per period, as configured.
    uint32_t limit;
    // Units per period, as the server says; 0 if it has not said.
    uint32_t server_limit;
    // The period, ms.
    uint32_t period_ms;
    // Units that may go at once after a quiet time, as configured.
    uint32_t burst;
    // Units that may go at once now.
    uint32_t available;
    // How long until one unit may go, ns.
    uint64_t retry_after_ns;
    // What is left of a pause that the server asked for, ns.
    uint64_t paused_ns;
    // Calls that went.
    uint64_t admitted_total;
    // Units that they took.
    uint64_t units_total;
    // Calls that did not go.
    uint64_t refused_total;
    // Pauses that the server asked for.
    uint64_t pauses_total;
    // HSCB_SNAPSHOT_PRIVATE.
    uint32_t flags;
    // What this host may use of the limit, in millionths: 1000000, unless hosts share it.
    uint32_t share_ppm;
} hscb_limiter_snapshot;

// Fills a limiter's configuration with the defaults. Set `c->struct_size` before.
//
// `c` is NULL or points to as many writable bytes as its struct_size says.
int32_t hscb_limiter_config_init(hscb_limiter_config *c);

// Reads a JSON object with the field names of hscb_limiter_config; fields that it does not name have their defaults. Set
// `out->struct_size` before.
//
// `json` is NULL or NUL-terminated; `out` is NULL or points to as many writable bytes as its struct_size says.
int32_t hscb_limiter_config_from_json(const char *json,
                                      hscb_limiter_config *out);

// Gets the limiter of this name, or creates it.
//
// `segment`: NULL for a private one that all of this process shares. `name`: 1 to 127 bytes of UTF-8 without control
// characters; names of breakers are not in its way. `config`: NULL for the defaults, or the existing limiter's own. An
// existing limiter keeps its configuration: HSCB_EXISTING (1) if that differs from `config`. `*out`: to be closed with
// hscb_limiter_close.
//
// `segment` is NULL or open; `name` is NULL or NUL-terminated; `config` is NULL or points to as many bytes as its
// struct_size says; `out` is NULL or points to a pointer.
int32_t hscb_limiter_open(hscb_segment *segment,
                          const char *name,
                          const hscb_limiter_config *config,
                          hscb_limiter **out);

// Replaces the configuration, for every process that shares the limiter.
//
// `limiter` is NULL or open; `config` is NULL or points to as many bytes as its struct_size says.
int32_t hscb_limiter_configure(const hscb_limiter *limiter, const hscb_limiter_config *config);

// Closes a limiter; NULL is none. In a shared segment the limiter itself stays.
//
// `limiter` is NULL or came from hscb_limiter_open, and is not used any more.
void hscb_limiter_close(hscb_limiter *limiter);

// Takes so many units, and waits for them at most `timeout_ms` (0 = not at all), over all processes in the order of
// asking. 0: the call goes. Otherwise how long until it would, ns, and nothing is taken; told at once where the wait would
// be too long.
//
// `limiter` is NULL (the call goes) or open.
uint64_t hscb_limiter_acquire(const hscb_limiter *limiter,
                              uint32_t units,
                              uint64_t timeout_ms);

// hscb_limiter_acquire without waiting, at a stated time, ns of hscb_now_ns.
uint64_t hscb_limiter_try_at(const hscb_limiter *limiter, uint32_t units, uint64_t now_ns);

// How long until a call of so many units would go, ns; 0 = now. Changes nothing.
//
// `limiter` is NULL (the answer is 0) or open.
uint64_t hscb_limiter_retry_after_ns(const hscb_limiter *limiter, uint32_t units);

// Gives back units that a call took and did not use.
//
// `limiter` is NULL (nothing happens) or open.
void hscb_limiter_give_back(const hscb_limiter *limiter, uint32_t units);

// Takes units that a call used beyond those that it took; those that follow wait until they are paid.
//
// `limiter` is NULL (nothing happens) or open.
void hscb_limiter_charge(const hscb_limiter *limiter, uint32_t units);

// Nobody goes for so long (a 429 with Retry-After; at most a day), those who wait already among them, and after that one
// unit after the other. Of several pauses at once the longest counts.
//
// `limiter` is NULL (nothing happens) or open.
void hscb_limiter_pause(const hscb_limiter *limiter,
                        uint64_t duration_ms);

// Heeds what the server says, such as x-ratelimit-limit, -remaining and -reset; UINT64_MAX stands for what it does not
// say. A lower limit replaces the configured one; fewer units that remain lower our own count, more are not believed; where
// none remains, nobody goes until the reset.
//
// `limiter` is NULL (nothing happens) or open.
void hscb_limiter_correct(const hscb_limiter *limiter,
                          uint64_t limit,
                          uint64_t remaining,
                          uint64_t reset_ms);

// The configuration that is in force. Set `out->struct_size` before.
//
// `limiter` is NULL or open; `out` is NULL or points to as many writable bytes as its struct_size says.
int32_t hscb_limiter_get_config(const hscb_limiter *limiter, hscb_limiter_config *out);

// The limiter's limits, what is left of them, and totals. Set `out->struct_size` before.
//
// `limiter` is NULL or open; `out` is NULL or points to as many writable bytes as its struct_size says.
int32_t hscb_limiter_get_snapshot(const hscb_limiter *limiter, hscb_limiter_snapshot *out);

/* ---- Rate limiters: calls that wait in a way of their own ---- */

// Takes so many units whose turn comes within `timeout_ms`, without waiting. 0: `*out` is the turn, to be ended with
// hscb_limiter_turn_go, _give_up or _close; NULL where the call goes without one. Otherwise how long until a call would
// go, ns, `*out` is NULL, and nothing is taken.
//
// `limiter` is NULL (the call goes) or open; `out` points to a pointer.
uint64_t hscb_limiter_reserve(const hscb_limiter *limiter,
                              uint32_t units,
                              uint64_t timeout_ms,
                              hscb_limiter_turn **out);

// How long until the turn comes, ns; 0 = now. It may become longer meanwhile, by a pause that the server asks for: ask
// again after waiting.
//
// `turn` is NULL (the answer is 0) or from hscb_limiter_reserve.
uint64_t hscb_limiter_turn_due_ns(const hscb_limiter_turn *turn);

// The call goes, and uses the units. Ends the turn.
//
// `turn` is NULL or from hscb_limiter_reserve, and is not used any more.
void hscb_limiter_turn_go(hscb_limiter_turn *turn);

// The call waits no longer, and does not go: how long until its turn would have come, ns. Ends the turn, and gives its
// units back.
uint64_t hscb_limiter_turn_give_up(hscb_limiter_turn *turn);

// The call was cancelled: ends the turn, and gives its units back. NULL is none.
void hscb_limiter_turn_close(hscb_limiter_turn *turn);

/* ---- Bulkheads ---- */

// The configuration of a bulkhead. Set struct_size, call hscb_bulkhead_config_init, then change what you like.
typedef struct hscb_bulkhead_config {
    // sizeof(hscb_bulkhead_config) of the caller; 0 = the first published layout.
    uint32_t struct_size;
    // Calls that may be in flight; 1 to 512. Default 20.
    uint32_t limit;
    // Calls that may wait for one to end; 0 to 128. Default 128.
    uint32_t max_waiting;
} hscb_bulkhead_config;

// A bulkhead at one moment. Totals only ever grow.
typedef struct hscb_bulkhead_snapshot {
    // sizeof(hscb_bulkhead_snapshot) of the caller; 0 = the first published layout.
    uint32_t struct_size;
    // Calls that may be in flight.
    uint32_t limit;
    // Calls that may wait.
    uint32_t max_waiting;
    // Calls in flight. More than `limit` where that was lowered meanwhile.
    uint32_t active;
    // How many more would be let in at once.
    uint32_t available;
    // Calls that wait.
    uint32_t waiting;
    // Calls that were let in.
    uint64_t entered_total;
    // Calls that were not.
    uint64_t refused_total;
    // Seats of processes that were gone, taken back.
    uint64_t reclaimed_total;
    // HSCB_SNAPSHOT_PRIVATE.
    uint32_t flags;
    // 0.
    uint32_t reserved;
} hscb_bulkhead_snapshot;

// Fills a bulkhead's configuration with the defaults. Set `c->struct_size` before.
//
// `c` is NULL or points to as many writable bytes as its struct_size says.
int32_t hscb_bulkhead_config_init(hscb_bulkhead_config *c);

// Reads a JSON object with the field names of hscb_bulkhead_config; fields that it does not name have their defaults.
// Set `out->struct_size` before.
//
// `json` is NULL or NUL-terminated; `out` is NULL or points to as many writable bytes as its struct_size says.
int32_t hscb_bulkhead_config_from_json(const char *json, hscb_bulkhead_config *out);

// Gets the bulkhead of this name, or creates it.
//
// `segment`: NULL for a private one that all of this process shares. `name`: 1 to 127 bytes of UTF-8 without control
// characters; names of breakers are not in its way. `config`: NULL for the defaults, or the existing bulkhead's own. An
// existing bulkhead keeps its configuration: HSCB_EXISTING (1) if that differs from `config`. `*out`: to be closed with
// hscb_bulkhead_close.
//
// `segment` is NULL or open; `name` is NULL or NUL-terminated; `config` is NULL or points to as many bytes as its
// struct_size says; `out` is NULL or points to a pointer.
int32_t hscb_bulkhead_open(hscb_segment *segment,
                           const char *name,
                           const hscb_bulkhead_config *config,
                           hscb_bulkhead **out);

// Replaces the configuration, for every process that shares the bulkhead. Where more calls are in flight than a lowered
// limit allows, they end undisturbed, and none is let in meanwhile.
//
// `bulkhead` is NULL or open; `config` is NULL or points to as many bytes as its struct_size says.
int32_t hscb_bulkhead_configure(const hscb_bulkhead *bulkhead, const hscb_bulkhead_config *config);

// Closes a bulkhead; NULL is none. In a shared segment the bulkhead itself stays, and so do seats that were not left.
//
// `bulkhead` is NULL or came from hscb_bulkhead_open, and is not used any more.
void hscb_bulkhead_close(hscb_bulkhead *bulkhead);

// Takes a seat, and waits for a free one at most `timeout_ms` (0 = not at all): a permit, to be given back with
// hscb_bulkhead_leave by this process; 0 = full. The seats of a process that is killed are taken back.
//
// `bulkhead` is NULL (the answer is HSCB_PERMIT_PASS) or open.
uint64_t hscb_bulkhead_enter(const hscb_bulkhead *bulkhead, uint64_t timeout_ms);

// Leaves a seat. 0, HSCB_PERMIT_PASS, and what is no permit of this process do nothing; a permit that is given back twice
// may free another seat of this process.
//
// `bulkhead` is NULL (nothing happens) or open.
void hscb_bulkhead_leave(const hscb_bulkhead *bulkhead,
                         uint64_t permit);

// The configuration that is in force. Set `out->struct_size` before.
//
// `bulkhead` is NULL or open; `out` is NULL or points to as many writable bytes as its struct_size says.
int32_t hscb_bulkhead_get_config(const hscb_bulkhead *bulkhead, hscb_bulkhead_config *out);

// Who is in, who waits, and totals. Set `out->struct_size` before.
//
// `bulkhead` is NULL or open; `out` is NULL or points to as many writable bytes as its struct_size says.
int32_t hscb_bulkhead_get_snapshot(const hscb_bulkhead *bulkhead, hscb_bulkhead_snapshot *out);

/* ---- Bulkheads: calls that wait in a way of their own ---- */

// A place in the queue, for a call that waits in its own way; without waiting. True: `*out` is the place, to be ended with
// hscb_bulkhead_place_give_up or _close; NULL where the call goes without one. False: as many wait already as may, and
// `*out` is NULL.
//
// `bulkhead` is NULL (the call goes) or open; `out` points to a pointer.
bool hscb_bulkhead_line_up(const hscb_bulkhead *bulkhead,
                           hscb_bulkhead_place **out);

// Waits for a free seat at most `timeout_ms`, and keeps it; whether it has one.
//
// `place` is NULL (the answer is true) or from hscb_bulkhead_line_up; nothing else uses it meanwhile.
bool hscb_bulkhead_place_wait(hscb_bulkhead_place *place, uint64_t timeout_ms);

// The seat that the place has, or one that is free now: a permit, to be given back with hscb_bulkhead_leave; 0 = none yet.
// Never waits. A place that gave its permit gives no other.
//
// `place` is NULL (the answer is HSCB_PERMIT_PASS) or from hscb_bulkhead_line_up; nothing else uses it meanwhile.
uint64_t hscb_bulkhead_place_enter(hscb_bulkhead_place *place);

// The call waits no longer, and is not let in. Ends the place.
//
// `place` is NULL or from hscb_bulkhead_line_up, and is not used any more.
void hscb_bulkhead_place_give_up(hscb_bulkhead_place *place);

// The call is in, or was cancelled: ends the place. NULL is none.
void hscb_bulkhead_place_close(hscb_bulkhead_place *place);

/* ---- Operators ---- */

// An operator's command: HSCB_CLOSED resets, HSCB_OPEN trips, HSCB_HALF_OPEN lets an open breaker probe (from other
// modes HSCB_ERR_MODE), HSCB_FORCED_OPEN, HSCB_DISABLED and HSCB_OBSERVING hold until told otherwise.
//
// `breaker` is NULL or open.
int32_t hscb_set_mode(const hscb_breaker *breaker, int32_t mode);

// hscb_set_mode at a stated time, ns of hscb_now_ns.
int32_t hscb_set_mode_at(const hscb_breaker *breaker, int32_t mode, uint64_t now_ns);

// hscb_set_mode whose event says who gave the command and why: up to 127 bytes of UTF-8, of which control characters
// become spaces; what is longer is cut. NULL is no note. A command that changes nothing makes no event.
//
// `breaker` is NULL or open; `note` is NULL or NUL-terminated.
int32_t hscb_set_mode_noted(const hscb_breaker *breaker, int32_t mode, const char *note);

// hscb_set_mode_noted at a stated time, ns of hscb_now_ns.
int32_t hscb_set_mode_noted_at(const hscb_breaker *breaker, int32_t mode, const char *note, uint64_t now_ns);

// Opens the breaker for a stated time; if it is open, replaces what is left of the opening. No step of the backoff.
//
// `breaker` is NULL or open.
int32_t hscb_trip_for(const hscb_breaker *breaker, uint64_t duration_ms);

// hscb_trip_for at a stated time, ns of hscb_now_ns.
int32_t hscb_trip_for_at(const hscb_breaker *breaker, uint64_t duration_ms, uint64_t now_ns);

// hscb_trip_for whose event says who gave the command and why, as that of hscb_set_mode_noted. Where the breaker is open
// already, there is no event.
int32_t hscb_trip_for_noted(const hscb_breaker *breaker,
                            uint64_t duration_ms,
                            const char *note);

// hscb_trip_for_noted at a stated time, ns of hscb_now_ns.
int32_t hscb_trip_for_noted_at(const hscb_breaker *breaker, uint64_t duration_ms, const char *note, uint64_t now_ns);

/* ---- Responses ---- */

// The body ended as HTTP says it should.
#define HSCB_END_COMPLETE 0

// The connection broke, or the body was shorter than announced.
#define HSCB_END_CUT 1

// A read timed out.
#define HSCB_END_STALLED 2

// The user broke off.
#define HSCB_END_ABANDONED 3

// The service did what it should.
#define HSCB_CAUSE_OK 0

// The request was wrong: the caller's own fault.
#define HSCB_CAUSE_CLIENT_ERROR 1

// 401: the key is missing or wrong.
#define HSCB_CAUSE_AUTH 2

// 403: the key may not do this.
#define HSCB_CAUSE_PERMISSION 3

// The quota is used up or the account is out of money: waiting does not mend it.
#define HSCB_CAUSE_QUOTA 4

// 429: too many requests for now.
#define HSCB_CAUSE_RATE_LIMITED 5

// 503, 529: the service has too much to do.
#define HSCB_CAUSE_OVERLOADED 6

// Another 5xx.
#define HSCB_CAUSE_SERVER_ERROR 7

// 408, 504, or a stream that stood still.
#define HSCB_CAUSE_TIMEOUT 8

// An error inside the body of a 2xx.
#define HSCB_CAUSE_STREAM_ERROR 9

// The connection broke before the end of the body.
#define HSCB_CAUSE_CUT 10

// The stream of a 2xx that ended without any data.
#define HSCB_CAUSE_EMPTY 11

// The user broke off before the verdict was final.
#define HSCB_CAUSE_ABANDONED 12

// What a response says of the service.
typedef struct hscb_verdict {
    // sizeof(hscb_verdict) of the caller; 0 = the first published layout.
    uint32_t struct_size;
    // HSCB_SUCCESS, HSCB_FAILURE or HSCB_IGNORED.
    int32_t outcome;
    // HSCB_CAUSE_..., why. Later versions may add some.
    uint32_t cause;
    // 0.
    uint32_t reserved;
    // How long the service asks to wait, ms; 0 = it does not. With HSCB_FAILURE it opens the breaker at once (S9).
    uint64_t retry_after_ms;
} hscb_verdict;

// Begins to judge a response by its status, 100 to 999. `unix_ms`: the wall clock in ms, for waiting times that are
// dates; 0 = read it. `*out`: to be closed with hscb_response_close.
//
// `out` is NULL or points to a pointer.
int32_t hscb_response_begin(uint32_t status, uint64_t unix_ms, hscb_response **out);

// A header, in any case; those that say nothing here are ignored. Before the body.
//
// `response` is NULL or from hscb_response_begin; `name` and `value` are NULL or point to so many bytes.
int32_t hscb_response_header(hscb_response *response,
                             const uint8_t *name,
                             size_t name_len,
                             const uint8_t *value,
                             size_t value_len);

// The next bytes of the body, decoded (not compressed), cut anywhere. 1 once the verdict is final, whatever follows: the
// end of a stream was announced, an error was seen, or nothing in the body matters; else 0.
//
// `response` is NULL or from hscb_response_begin; `bytes` is NULL or points to `len` bytes.
int32_t hscb_response_body(hscb_response *response,
                           const uint8_t *bytes,
                           size_t len);

// Bytes of the body came that cannot be shown to hscb_response_body, such as compressed ones: they count as data, and are
// not read. 1 once the verdict is final, whatever follows, else 0.
//
// `response` is NULL or from hscb_response_begin.
int32_t hscb_response_skip(hscb_response *response);

// The verdict, if the response ends here and like this: HSCB_END_... Set `out->struct_size` before.
//
// `response` is NULL or from hscb_response_begin; `out` is NULL or points to as many writable bytes as its struct_size
// says.
int32_t hscb_response_end(const hscb_response *response, int32_t end, hscb_verdict *out);

// Closes a response; NULL is none.
//
// `response` is NULL or came from hscb_response_begin, and is not used any more.
void hscb_response_close(hscb_response *response);

// Gives a permit back with a verdict. `duration_ns`: the call's duration, such as the time to the first byte;
// UINT64_MAX = the time since admission. An unknown outcome is ignored.
//
// `breaker` is NULL or open; `verdict` is NULL or points to as many bytes as its struct_size says.
int32_t hscb_record_verdict(const hscb_breaker *breaker,
                            uint64_t permit,
                            const hscb_verdict *verdict,
                            uint64_t duration_ns);

// hscb_record_verdict at a stated time, ns of hscb_now_ns.
int32_t hscb_record_verdict_at(const hscb_breaker *breaker,
                               uint64_t permit,
                               const hscb_verdict *verdict,
                               uint64_t duration_ns,
                               uint64_t now_ns);

// The name of the breaker that a request belongs to: "host|model" where its body is a JSON object with a string "model",
// else "host"; control characters become "_", the end is cut off, and an empty host is "-", so that hscb_breaker_open
// takes it. Written to `buf` with its NUL; the length without. HSCB_NAME_BYTES are always room enough; too little is
// HSCB_ERR_ARGUMENT.
//
// `host` is NULL or NUL-terminated; `body` is NULL or points to `len` bytes; `buf` is NULL or points to `cap` writable
// bytes.
int32_t hscb_request_name(const char *host,
                          const uint8_t *body,
                          size_t len,
                          char *buf,
                          uint32_t cap);

/* ---- The client ---- */

// Hears of a piece of a stream: `data` of `len` bytes, which are valid during the call, and a NUL behind them. False breaks
// the call off.
typedef bool (*hscb_on_piece)(void *user, const char *data, size_t len);

// Opens a client with a table of routes (JSON, docs/CLIENT.md), whose breakers, limiters and bulkheads are in `segment`;
// NULL for a private one that all of this process shares. `*out`: to be closed with hscb_client_close.
//
// `segment` is NULL or open; `table` is NULL or NUL-terminated; `out` is NULL or points to a pointer.
int32_t hscb_client_open(hscb_segment *segment,
                         const char *table,
                         hscb_client **out);

// Replaces the table, also while calls are out: those go on with the old one.
//
// `client` is NULL or open; `table` is NULL or NUL-terminated.
int32_t hscb_client_replace_table(const hscb_client *client, const char *table);

// Closes a client; NULL is none. Calls of other threads must have ended.
//
// `client` is NULL or came from hscb_client_open, and is not used any more.
void hscb_client_close(hscb_client *client);

// Makes a call, and waits for its end: {"path": "/chat/completions", "body": {...}}, and besides, if they are there,
// "timeout_ms", "cache", "or_stale", "or". HSCB_OK: `*out` is the answer. HSCB_CALL_FAILED: `*out` says why there is none. A
// negative status: the request was none, and `*out` is not written. `cancel`: NULL, or what another thread may break the
// call off by. `*out`: to be given back with hscb_result_free.
//
// `client` is NULL or open; `request` is NULL or NUL-terminated; `cancel` is NULL or a cancel; `out` is NULL or points to a
// pointer.
int32_t hscb_client_send(const hscb_client *client,
                         const char *request,
                         const hscb_cancel *cancel,
                         hscb_result **out);

// As hscb_client_send, for an answer that comes in pieces: `on_piece` hears of each, on this thread, before this returns.
// The body of `*out` is empty. A call is tried again, or elsewhere, until its first piece is there.
int32_t hscb_client_stream(const hscb_client *client,
                           const char *request,
                           const hscb_cancel *cancel,
                           hscb_on_piece on_piece,
                           void *user,
                           hscb_result **out);

// How the routes are and what the calls came to, as hscb_result_json of `*out`.
//
// `client` is NULL or open; `out` is NULL or points to a pointer.
int32_t hscb_client_status(const hscb_client *client, hscb_result **out);

// What became of the call, or why it failed, as a JSON object; valid until hscb_result_free. Never NULL, but with NULL.
//
// `result` is NULL or was not given back.
const char *hscb_result_json(const hscb_result *result);

// The body of the answer as it came, `*len` bytes; valid until hscb_result_free. NULL, and 0 bytes, if there is none.
//
// `result` is NULL or was not given back; `len` is NULL or points to a number.
const uint8_t *hscb_result_body(const hscb_result *result, size_t *len);

// The text that the model has written, whatever the provider's format; valid until hscb_result_free. NULL if there is none.
//
// `result` is NULL or was not given back.
const char *hscb_result_text(const hscb_result *result);

// Gives a result back; NULL is none.
//
// `result` is NULL or came from this library, and is not used any more.
void hscb_result_free(hscb_result *result);

// What a call can be broken off by. `*out`: to be given back with hscb_cancel_free.
//
// `out` is NULL or points to a pointer.
int32_t hscb_cancel_new(hscb_cancel **out);

// Breaks off the calls that were made with it, from any thread; those to come, too.
//
// `cancel` is NULL (nothing happens) or was not given back.
void hscb_cancel_now(const hscb_cancel *cancel);

// Gives a cancel back; NULL is none. A call that was made with it goes on.
//
// `cancel` is NULL or came from hscb_cancel_new, and is not used any more.
void hscb_cancel_free(hscb_cancel *cancel);

/* ---- What a breaker shows ---- */

// The breaker's shared segment was lost, and this handle goes on with a breaker of its own.
#define HSCB_SNAPSHOT_PRIVATE 1

// The breakers of other hosts have made its mode or its deadline what it is.
#define HSCB_SNAPSHOT_REMOTE 2

// Its rules ask for half as much for now, as other hosts have met an outage.
#define HSCB_SNAPSHOT_ADVISED 4

// A breaker at one moment. Totals only ever grow.
typedef struct hscb_snapshot {
    // sizeof(hscb_snapshot) of the caller; 0 = the first published layout.
    uint32_t struct_size;
    // HSCB_CLOSED, ... An opening that is over shows as open until the next call is admitted.
    uint32_t mode;
    // One higher after every change of mode; starts at 1 and again after 16383.
    uint64_t generation;
    // Calls in the window; while half-open, results of this episode; 0 while open, forced open or disabled.
    uint64_t window_calls;
    // Those of them that failed.
    uint64_t window_failures;
    // Those of them that were slow.
    uint64_t window_slow;
    // Probes that are out.
    uint32_t probes_in_flight;
    // Failures since the last success.
    uint32_t consecutive_failures;
    // What is left of an opening, ns.
    uint64_t open_remaining_ns;
    // When the generation changed last, ns of hscb_now_ns; 0 if never.
    uint64_t changed_at_ns;
    // Calls that succeeded.
    uint64_t successes_total;
    // Calls that failed.
    uint64_t failures_total;
    // Calls, of either kind, that were slow.
    uint64_t slow_total;
    // Permits given back without a verdict.
    uint64_t ignored_total;
    // Outcomes whose permit was of an earlier generation.
    uint64_t late_total;
    // Calls that were not admitted.
    uint64_t rejected_total;
    // Failures that carried the server's own waiting time.
    uint64_t throttled_total;
    // Transitions to open.
    uint64_t opened_total;
    // Half-open episodes begun.
    uint64_t half_opened_total;
    // Transitions to closed.
    uint64_t closed_total;
    // Times that it would have tripped while observing.
    uint64_t would_trip_total;
    // Probes that neither returned nor were ignored within their lease.
    uint64_t probes_lost_total;
    // HSCB_SNAPSHOT_PRIVATE, HSCB_SNAPSHOT_REMOTE, HSCB_SNAPSHOT_ADVISED.
    uint32_t flags;
    // 0.
    uint32_t reserved;
} hscb_snapshot;

// The breaker's state, window and totals. Set `out->struct_size` before.
//
// `breaker` is NULL or an open handle; `out` is NULL or points to as many writable bytes as its struct_size says.
int32_t hscb_breaker_snapshot(const hscb_breaker *breaker, hscb_snapshot *out);

// hscb_breaker_snapshot at a stated time, ns of hscb_now_ns.
int32_t hscb_breaker_snapshot_at(const hscb_breaker *breaker, hscb_snapshot *out, uint64_t now_ns);

// The same of a breaker by its name, without opening it; HSCB_ERR_NOT_FOUND if there is none. A segment that was opened
// with HSCB_SEGMENT_READ_ONLY suffices.
//
// `segment` is NULL or open; `name` is NULL or NUL-terminated; `out` as in hscb_breaker_snapshot.
int32_t hscb_segment_snapshot(const hscb_segment *segment, const char *name, hscb_snapshot *out);

// The latency in ns that a share `quantile` (0 to 1) of the successes did not exceed, at most 12.5 % off between 4 ms
// and 1 h; 0 where nothing was recorded, or `quantile` is no share.
//
// `breaker` is NULL (the answer is 0) or an open handle.
uint64_t hscb_latency_ns(const hscb_breaker *breaker, double quantile);

/* ---- Events ---- */

// The failure rule was met.
#define HSCB_REASON_FAILURE 1

// The row rule was met.
#define HSCB_REASON_ROW 2

// The slow rule was met.
#define HSCB_REASON_SLOW 3

// The server said how long to wait.
#define HSCB_REASON_THROTTLED 4

// The opening was over.
#define HSCB_REASON_DEADLINE 5

// The probes succeeded.
#define HSCB_REASON_PROBES_OK 6

// A probe, or too large a share of them, failed or was slow.
#define HSCB_REASON_PROBE_FAILED 7

// It had been half-open for half_open_max_ms.
#define HSCB_REASON_HALF_OPEN_TIMEOUT 8

// Every probe was out for longer than its lease.
#define HSCB_REASON_LEASE 9

// An operator's command.
#define HSCB_REASON_OPERATOR 10

// A handle lost its segment and goes on with a breaker of its own.
#define HSCB_REASON_DETACHED 11

// An operator changed the configuration and said why; from and to are the mode that the breaker has.
#define HSCB_REASON_CONFIGURED 12

// The breakers of other hosts, or a command to all of them.
#define HSCB_REASON_REMOTE 13

// Room for a breaker's name, of at most 127 bytes, and its NUL.
#define HSCB_NAME_BYTES 128

// Room for an event's note, of at most 127 bytes, and its NUL.
#define HSCB_NOTE_BYTES 128

// A transition.
typedef struct hscb_event {
    // sizeof(hscb_event) of the caller; 0 = the first published layout. In an array the first one's is the stride.
    uint32_t struct_size;
    // The process that made it; for display only.
    uint32_t pid;
    // Its number in the segment, from 1.
    uint64_t sequence;
    // When it happened, ns of hscb_now_ns.
    uint64_t time_ns;
    // The mode before.
    uint32_t from;
    // The mode after.
    uint32_t to;
    // HSCB_REASON_...
    uint32_t reason;
    // The breaker's generation after it.
    uint32_t generation;
    // The breaker's name, NUL-terminated.
    char breaker[HSCB_NAME_BYTES];
    // Who made it and why, as the operator said, NUL-terminated; empty for what breakers do by themselves. Since 0.3.
    char note[HSCB_NOTE_BYTES];
} hscb_event;

// Reads up to `cap` events and moves `*cursor` behind them; how many. `*cursor`: 0 = the oldest kept, UINT64_MAX = from
// now on, else the number of the next one; beyond what there can be (the file was replaced, and counts anew) = the
// oldest kept. Of those that were overwritten or torn before they were read, the number of the first event returned
// less the cursor before says how many; such a gap is only ever at the beginning. Set `buf[0].struct_size` before: it is
// also the stride of the array. Every read, one with `cap` 0 too, turns a cursor of 0 or UINT64_MAX into a number: read
// so once before the first hscb_events_wait, and nothing is missed in between.
//
// `segment` is NULL or open; `cursor` is NULL or points to a number; `buf` is NULL or points to `cap` events as long as
// its first one's struct_size says.
int32_t hscb_events_read(const hscb_segment *segment,
                         uint64_t *cursor,
                         hscb_event *buf,
                         uint32_t cap);

// Waits until there is an event at or after `cursor` (UINT64_MAX = from now on); 1 = there is, 0 = the time is up.
//
// `segment` is NULL or open.
int32_t hscb_events_wait(const hscb_segment *segment, uint64_t cursor, uint64_t timeout_ms);

#ifdef __cplusplus
}
#endif

#endif /* HOLYSHEEP_CB_H */
