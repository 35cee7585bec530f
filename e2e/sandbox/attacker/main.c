#include "attacker.h"
#include <stdarg.h>

static void say(const char *how, const char *format, va_list arguments, int error) {
  dprintf(1, "%s: ", how);
  vdprintf(1, format, arguments);
  if (error != 0) dprintf(1, ": %s", strerror(error));
  dprintf(1, "\n");
  _exit(0);
}

void escaped(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  say("escaped", format, arguments, 0);
  abort();
}

void held(const char *format, ...) {
  int error = errno;
  va_list arguments;
  va_start(arguments, format);
  say("held", format, arguments, error);
  abort();
}

void tell(long result, const char *what) {
  if (result >= 0) escaped("%s", what);
  held("%s", what);
}

int main(int count, char **arguments) {
  const struct attack *tables[] = { files, network, kernel, processes, resources };
  for (size_t table = 0; count > 1 && table < sizeof tables / sizeof *tables; table++)
    for (const struct attack *attack = tables[table]; attack->name; attack++)
      if (strcmp(attack->name, arguments[1]) == 0) {
        errno = 0;
        attack->run(arguments + 2);
        held("it did nothing");
      }
  dprintf(2, "no such attack\n");
  return 2;
}
