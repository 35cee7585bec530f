#include "attacker.h"
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>

// Whether code of the kernel is reached at all, whatever that then says.
static void reach(char **arguments) {
  long result = syscall(atol(arguments[0]), 0, 0, 0, 0, 0, 0);
  if (result < 0 && errno == ENOSYS) held("call");
  escaped("the kernel answered %s", result < 0 ? strerror(errno) : "well");
}

static void new_user_namespace(char **arguments) {
  (void)arguments;
  tell(syscall(SYS_unshare, CLONE_NEWUSER), "unshare");
}

static void clone_user_namespace(char **arguments) {
  (void)arguments;
  long child = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
  if (child == 0) _exit(0);
  tell(child, "clone");
}

static void clone3_user_namespace(char **arguments) {
  (void)arguments;
  unsigned long long wanted[11] = { CLONE_NEWUSER, [4] = SIGCHLD };
  long child = syscall(SYS_clone3, wanted, sizeof wanted);
  if (child == 0) _exit(0);
  tell(child, "clone3");
}

static void make_device(char **arguments) {
  (void)arguments;
  tell(syscall(SYS_mknodat, AT_FDCWD, "/tmp/memory", S_IFCHR | 0600, makedev(1, 1)), "made a device");
}

static void become(char **arguments) {
  int user = atoi(arguments[0]);
  tell(syscall(SYS_setresuid, user, user, user), "became another user of the host");
}

static void old_numbering(char **arguments) {
  (void)arguments;
#ifdef __x86_64__
  long result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(20L) : "memory", "r8", "r9", "r10", "r11"); // getpid of 32 bits
  if (result < 0) { errno = -result; held("int 0x80"); }
  escaped("int 0x80 answered %ld", result);
#endif
  held("this processor has none");
}

static void x32_numbering(char **arguments) {
  (void)arguments;
  tell(syscall(0x40000000L | 39), "a call of the x32 numbering");
}

// FIOASYNC: any that no runtime makes would do, and a pipe knows this one.
static void odd_ioctl(char **arguments) {
  (void)arguments;
  int off = 0;
  tell(ioctl(1, FIOASYNC, &off), "ioctl");
}

static void terminal(char **arguments) {
  (void)arguments;
  int master = open("/dev/ptmx", O_RDWR | O_NOCTTY), unlock = 0;
  if (master < 0) held("open");
  if (ioctl(master, TIOCSPTLCK, &unlock) != 0) held("unlock");
  tell(ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY), "has a terminal to push keys into");
}

static void odd_prctl(char **arguments) {
  (void)arguments;
  tell(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "prctl");
}

static void trace(char **arguments) {
  tell(ptrace(PTRACE_SEIZE, atoi(arguments[0]), 0, 0), "traces it");
}

static void host_name(char **arguments) {
  struct utsname machine;
  uname(&machine);
  if (strcmp(machine.nodename, arguments[0]) == 0) escaped("knows %s", machine.nodename);
  held("knows '%s'", machine.nodename);
}

static void same_namespace(char **arguments) {
  char found[64] = "";
  if (readlink(arguments[0], found, sizeof found - 1) < 0) held("readlink");
  if (strcmp(found, arguments[1]) == 0) escaped("is in %s of the host", found);
  held("is in %s", found);
}

static void attach_memory(char **arguments) {
  void *at = shmat(atoi(arguments[0]), NULL, 0);
  if (at == (void *)-1) held("shmat");
  escaped("sees '%.16s'", (char *)at);
}

// On the host, by the test: a segment of memory that everybody may attach, and its end.
static void make_memory(char **arguments) {
  int made = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0666);
  if (made < 0) held("shmget");
  char *at = shmat(made, NULL, 0);
  strncpy(at, arguments[0], 64);
  dprintf(1, "%d\n", made);
  _exit(0);
}

static void remove_memory(char **arguments) {
  tell(shmctl(atoi(arguments[0]), IPC_RMID, NULL), "removed");
}

const struct attack kernel[] = {
  { "reach", reach }, { "new-user-namespace", new_user_namespace }, { "clone-user-namespace", clone_user_namespace }, { "clone3-user-namespace", clone3_user_namespace },
  { "make-device", make_device }, { "become", become }, { "old-numbering", old_numbering }, { "x32-numbering", x32_numbering }, { "odd-ioctl", odd_ioctl },
  { "terminal", terminal }, { "odd-prctl", odd_prctl }, { "trace", trace }, { "host-name", host_name }, { "same-namespace", same_namespace },
  { "attach-memory", attach_memory }, { "make-memory", make_memory }, { "remove-memory", remove_memory }, { NULL, NULL },
};
