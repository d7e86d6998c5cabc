/* stress-ng --vm N [--vm-bytes SIZE] --timeout SECONDS[s] [-v]: N processes that fill memory and are started again when the kernel kills them,
   which is what containers that run out of memory see of the real program. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static size_t size_of(const char *text) {
    char *unit;
    size_t size = strtoull(text, &unit, 10);
    switch (*unit) {
    case 'k': case 'K': return size << 10;
    case 'm': case 'M': return size << 20;
    case 'g': case 'G': return size << 30;
    default: return size;
    }
}

static void fill(size_t bytes) {
    unsigned char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        perror("stress-ng: mmap");
        _exit(1);
    }
    for (unsigned char round = 1;; round++)
        for (size_t at = 0; at < bytes; at += 4096) memory[at] = round;
}

static pid_t begin(size_t bytes) {
    pid_t child = fork();
    if (child == 0) fill(bytes);
    return child;
}

int main(int count, char **arguments) {
    int workers = 0, seconds = 86400;
    size_t bytes = (size_t)256 << 20;
    for (int i = 1; i < count; i++) {
        if (!strcmp(arguments[i], "-v")) continue;
        if (i + 1 == count) {
            fprintf(stderr, "stress-ng: this stand-in knows --vm, --vm-bytes, --timeout and -v, each but the last with a value; not '%s'\n", arguments[i]);
            return 1;
        }
        if (!strcmp(arguments[i], "--vm")) workers = atoi(arguments[++i]);
        else if (!strcmp(arguments[i], "--vm-bytes")) bytes = size_of(arguments[++i]);
        else if (!strcmp(arguments[i], "--timeout")) seconds = atoi(arguments[++i]);
        else {
            fprintf(stderr, "stress-ng: this stand-in does not know '%s'\n", arguments[i]);
            return 1;
        }
    }
    if (workers < 1 || workers > 64) {
        fprintf(stderr, "stress-ng: --vm wants 1 to 64 processes\n");
        return 1;
    }
    printf("stress-ng: info: dispatching hogs: %d vm\n", workers);
    fflush(stdout);
    pid_t children[64];
    for (int i = 0; i < workers; i++) children[i] = begin(bytes);
    time_t until = time(NULL) + seconds;
    while (time(NULL) < until) {
        int status;
        pid_t ended = waitpid(-1, &status, WNOHANG);
        if (ended <= 0) {
            struct timespec moment = { 0, 50000000 };
            nanosleep(&moment, NULL);
            continue;
        }
        for (int i = 0; i < workers; i++) {
            if (children[i] != ended) continue;
            printf("stress-ng: debug: [%d] process was killed by signal %d, restarting it\n", (int)ended, WIFSIGNALED(status) ? WTERMSIG(status) : 0);
            fflush(stdout);
            children[i] = begin(bytes);
        }
    }
    for (int i = 0; i < workers; i++) kill(children[i], SIGKILL);
    while (waitpid(-1, NULL, 0) > 0) {}
    printf("stress-ng: info: run completed in %d s\n", seconds);
    return 0;
}
