/* Loads the library by hand, uses it, unloads it, and forks: its code must still be mapped, for its fork handler runs. */
#define _POSIX_C_SOURCE 200809L
#include "holysheep_cb.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
    int status = 1;
    if (argc < 2)
        return 2;
    for (int round = 0; round < 3; round++) {
        void *library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
        if (library == NULL) {
            fprintf(stderr, "%s\n", dlerror());
            return 1;
        }
        int32_t (*open)(const char *, const hscb_segment_options *, hscb_segment **);
        void (*close)(hscb_segment *);
        void *found = dlsym(library, "hscb_segment_open");
        memcpy(&open, &found, sizeof open);
        found = dlsym(library, "hscb_segment_close");
        memcpy(&close, &found, sizeof close);
        hscb_segment *segment = NULL;
        if (open("loader", NULL, &segment) != HSCB_OK)
            return 1;
        close(segment);
        dlclose(library);
        if (dlopen(argv[1], RTLD_NOW | RTLD_NOLOAD) == NULL) {
            fprintf(stderr, "dlclose has unloaded it\n");
            return 1;
        }
        pid_t child = fork();
        if (child == 0)
            _exit(0);
        if (child < 0 || waitpid(child, &status, 0) < 0 || status != 0)
            return 1;
    }
    puts("still mapped");
    return 0;
}
