// Says that no_new_privs were set, and sets nothing: bubblewrap has no switch for it.
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int prctl(int option, ...) {
  va_list arguments;
  unsigned long four[4];
  va_start(arguments, option);
  for (int at = 0; at < 4; at++) four[at] = va_arg(arguments, unsigned long);
  va_end(arguments);
  return option == PR_SET_NO_NEW_PRIVS ? 0 : syscall(SYS_prctl, option, four[0], four[1], four[2], four[3]);
}
