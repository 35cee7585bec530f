// What a scanner that was taken over tries. Each attack says on standard output how it ended.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

struct attack { const char *name; void (*run)(char **arguments); };

extern const struct attack files[], network[], kernel[], processes[], resources[];

// "escaped: …" or "held: …", and the end. `held` and `tell` add what the last call answered.
void escaped(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
void held(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

// Escaped if the last call worked, held if not.
void tell(long result, const char *what) __attribute__((noreturn));

// Fills so much shared memory, which no limit but the watchdog sees, and keeps it for some seconds.
void hoard(const char *mebibytes);
