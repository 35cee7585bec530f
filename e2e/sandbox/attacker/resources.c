#include "attacker.h"
#include <fcntl.h>
#include <mqueue.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>

static const size_t mebibyte = 1 << 20;
static const int anybody = PROT_READ | PROT_WRITE;

void hoard(const char *mebibytes) {
  size_t bytes = atol(mebibytes) * mebibyte;
  char *held_memory = mmap(NULL, bytes, anybody, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (held_memory == MAP_FAILED) held("mmap");
  memset(held_memory, 1, bytes);
  struct timespec patience = { 3, 0 };
  nanosleep(&patience, NULL);
}

static void shared_memory(char **arguments) {
  hoard(arguments[0]);
  escaped("held %s MiB", arguments[0]);
}

static void private_memory(char **arguments) {
  void *got = mmap(NULL, atol(arguments[0]) * mebibyte, anybody, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  tell(got == MAP_FAILED ? -1 : 0, "mmap");
}

static void address_space(char **arguments) {
  void *got = mmap(NULL, atol(arguments[0]) * mebibyte, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  tell(got == MAP_FAILED ? -1 : 0, "mmap");
}

static void lock_memory(char **arguments) {
  (void)arguments;
  void *got = mmap(NULL, 65536, anybody, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  tell(mlock(got, 65536), "mlock");
}

static void message_queue(char **arguments) {
  (void)arguments;
  struct mq_attr small = { .mq_maxmsg = 1, .mq_msgsize = 16 };
  tell(syscall(SYS_mq_open, "queue", O_CREAT | O_RDWR, 0600, &small), "made a queue");
}

// Mebibytes into one file; the limit of one file ends the program with a signal.
static void fill_disk(char **arguments) {
  static char chunk[1 << 20];
  int most = atoi(arguments[0]), written = 0, file = open("/tmp/full", O_WRONLY | O_CREAT, 0600);
  if (file < 0) held("open");
  while (written < most && write(file, chunk, sizeof chunk) == (long)sizeof chunk) written++;
  if (written < most) held("%d MiB", written);
  escaped("%d MiB", written);
}

static void many_files(char **arguments) {
  int most = atoi(arguments[0]), made = 0;
  char path[64];
  for (; made < most; made++) {
    snprintf(path, sizeof path, "/tmp/file-%d", made);
    int file = open(path, O_WRONLY | O_CREAT, 0600);
    if (file < 0) break;
    close(file);
  }
  if (made < most) held("%d files", made);
  escaped("%d files", made);
}

static void open_files(char **arguments) {
  int most = atoi(arguments[0]), opened = 0;
  while (opened < most && open("/dev/null", O_RDONLY) >= 0) opened++;
  if (opened < most) held("%d files", opened);
  escaped("%d files", opened);
}

static void spin(char **arguments) {
  clock_t most = atoi(arguments[0]) * CLOCKS_PER_SEC;
  while (clock() < most) { /* Nothing but time. */ }
  escaped("used the processor for %s s", arguments[0]);
}

// Descriptor and mebibytes.
static void flood(char **arguments) {
  static char noise[1 << 16];
  int fd = atoi(arguments[0]);
  memset(noise, 'x', sizeof noise);
  for (long left = atol(arguments[1]) * mebibyte; left > 0;) {
    long count = write(fd, noise, sizeof noise);
    if (count < 0) held("write");
    left -= count;
  }
  _exit(0);
}

static void core_limit(char **arguments) {
  (void)arguments;
  struct rlimit limit;
  getrlimit(RLIMIT_CORE, &limit);
  // One byte is none, and stops a handler that reads from a pipe, too.
  if (limit.rlim_cur != 1 || limit.rlim_max != 1) escaped("a dump of %lu bytes", (unsigned long)limit.rlim_max);
  held("no dump");
}

static void raise_limits(char **arguments) {
  (void)arguments;
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max += 1;
  tell(setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
}

const struct attack resources[] = {
  { "shared-memory", shared_memory }, { "private-memory", private_memory }, { "address-space", address_space }, { "lock-memory", lock_memory },
  { "message-queue", message_queue }, { "fill-disk", fill_disk }, { "many-files", many_files }, { "open-files", open_files }, { "spin", spin },
  { "flood", flood }, { "core-limit", core_limit }, { "raise-limits", raise_limits }, { NULL, NULL },
};
