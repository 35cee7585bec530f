#include "attacker.h"
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

// Nothing of this outlives a run of the test, whatever walls are missing.
static const unsigned longestLife = 10;

static void rest(void) {
  alarm(longestLife);
  for (;;) pause();
}

// By number: the library's fork would tell of handlers and not of the kernel.
static long forked(void) { return syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0); }

static void fork_once(char **arguments) {
  (void)arguments;
  unsigned long long wanted[11] = { [4] = SIGCHLD };
  long child = forked();
  if (child < 0) child = syscall(SYS_clone3, wanted, sizeof wanted);
#ifdef SYS_fork
  if (child < 0) child = syscall(SYS_fork);
#endif
  if (child == 0) _exit(0);
  tell(child, "has a child");
}

// Stops by itself at `most`, so that without a limit the machine survives.
static void fork_bomb(char **arguments) {
  int limit = atoi(arguments[0]), most = atoi(arguments[1]), children = 0;
  for (; children < most; children++) {
    long child = forked();
    if (child < 0) break;
    if (child == 0) { close(1); close(2); rest(); }
  }
  if (children > limit) escaped("%d children", children);
  held("%d children", children);
}

static void *resting(void *nothing) { (void)nothing; rest(); return NULL; }

static void threads(char **arguments) {
  int limit = atoi(arguments[0]), most = atoi(arguments[1]), made = 0;
  pthread_attr_t small;
  pthread_t thread;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 65536);
  while (made < most && (errno = pthread_create(&thread, &small, resting, NULL)) == 0) made++;
  if (made > limit) escaped("%d threads", made);
  held("%d threads", made);
}

// A child in a session of its own, which nobody waits for. With `quiet` it lets go of the output.
static void daemonise(char **arguments) {
  int quiet = strcmp(arguments[0], "quiet") == 0;
  long child = forked();
  if (child < 0) held("fork");
  if (child > 0) _exit(0);
  setsid();
  if (forked() != 0) _exit(0);
  if (quiet) { close(0); close(1); close(2); }
  signal(SIGTERM, SIG_IGN);
  rest();
}

static void signal_process(char **arguments) {
  tell(kill(atoi(arguments[0]), 0), "may send it signals");
}

static void sleep_then_escape(char **arguments) {
  struct timespec patience = { atoi(arguments[0]), 0 };
  while (nanosleep(&patience, &patience) != 0) { /* A signal has interrupted it. */ }
  escaped("slept for %s s", arguments[0]);
}

static void deaf(char **arguments) {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, NULL);
  sleep_then_escape(arguments);
}

static void waits(char **arguments) {
  (void)arguments;
  rest();
}

// All that it finds open beyond the standard three.
static void descriptors(char **arguments) {
  (void)arguments;
  for (int fd = 3; fd < 1024; fd++) if (fcntl(fd, F_GETFD) >= 0) escaped("descriptor %d is open", fd);
  errno = 0;
  held("none is open");
}

static void environment(char **arguments) {
  char *found = getenv(arguments[0]);
  if (found) escaped("knows %s", found);
  held("knows nothing");
}

static void *child_hoards(void *mebibytes) {
  long child = forked();
  if (child == 0) { hoard(mebibytes); _exit(7); }
  int status = 0;
  if (child < 0) held("fork");
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) { /* Again. */ }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 7) escaped("a child of a thread held %s MiB", (char *)mebibytes);
  errno = 0;
  held("the child ended with %d", status);
}

// The thread lives on: when it ends, its children become those of another.
static void thread_child_hoards(char **arguments) {
  pthread_t thread;
  if ((errno = pthread_create(&thread, NULL, child_hoards, arguments[0])) != 0) held("thread");
  pthread_join(thread, NULL);
}

const struct attack processes[] = {
  { "fork", fork_once }, { "fork-bomb", fork_bomb }, { "threads", threads }, { "daemon", daemonise }, { "signal", signal_process },
  { "sleep", sleep_then_escape }, { "deaf", deaf }, { "wait", waits }, { "descriptors", descriptors }, { "environment", environment },
  { "thread-child-hoards", thread_child_hoards }, { NULL, NULL },
};
