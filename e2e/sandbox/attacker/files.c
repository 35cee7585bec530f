#include "attacker.h"
#include <dirent.h>
#include <sys/stat.h>

static void read_file(char **arguments) {
  char bytes[256];
  int file = open(arguments[0], O_RDONLY);
  if (file < 0) held("open");
  long count = read(file, bytes, sizeof bytes);
  if (count < 0) held("read");
  escaped("read %ld bytes of %s", count, arguments[0]);
}

static void write_file(char **arguments) {
  tell(open(arguments[0], O_WRONLY | O_CREAT, 0666), "opened for writing");
}

static void list_folder(char **arguments) {
  DIR *folder = opendir(arguments[0]);
  if (!folder) held("opendir");
  int entries = 0;
  while (readdir(folder)) entries++;
  escaped("found %d entries", entries - 2);
}

static int is_empty(const char *path) {
  DIR *folder = opendir(path);
  if (!folder) return 0;
  int entries = 0;
  while (readdir(folder)) entries++;
  return entries <= 2;
}

// Anything in the root but what a scanner is given. gVisor has an empty /sys.
static void list_root(char **arguments) {
  (void)arguments;
  const char *given[] = { ".", "..", "cache", "dev", "input", "proc", "scanner", "tmp" };
  DIR *root = opendir("/");
  if (!root) held("opendir");
  for (struct dirent *entry = readdir(root); entry; entry = readdir(root)) {
    int known = 0;
    for (size_t at = 0; at < sizeof given / sizeof *given; at++) known |= strcmp(entry->d_name, given[at]) == 0;
    known |= strcmp(entry->d_name, "sys") == 0 && is_empty("/sys");
    if (!known) escaped("found /%s", entry->d_name);
  }
  held("only what it is given");
}

static void read_above(char **arguments) {
  char path[4096];
  snprintf(path, sizeof path, "/input/../../../../..%s", arguments[0]);
  read_file((char *[]){ path });
}

static void read_by_link(char **arguments) {
  unlink("/cache/link");
  if (symlink(arguments[0], "/cache/link") != 0) held("symlink");
  read_file((char *[]){ "/cache/link" });
}

static void change_input(char **arguments) {
  (void)arguments;
  if (open("/input/new", O_WRONLY | O_CREAT, 0666) >= 0) escaped("made a file");
  if (open("/input/sentinel", O_WRONLY) >= 0) escaped("opened it for writing");
  if (chmod("/input/sentinel", 0666) == 0) escaped("changed its mode");
  if (link("/input/sentinel", "/input/again") == 0) escaped("linked it");
  if (rename("/input/sentinel", "/input/other") == 0) escaped("renamed it");
  tell(unlink("/input/sentinel"), "removed it");
}

// Its mode, not its bytes: those of a program that runs cannot be written anywhere.
static void change_scanner(char **arguments) {
  (void)arguments;
  tell(chmod("/scanner/scan", 0777), "changed the scanner's mode");
}

static void change_root(char **arguments) {
  (void)arguments;
  const char *places[] = { "/new", "/dev/new", "/scanner/new" };
  for (int at = 0; at < 3; at++) if (open(places[at], O_WRONLY | O_CREAT, 0666) >= 0) escaped("made %s", places[at]);
  held("made nothing");
}

static void change_database(char **arguments) {
  (void)arguments;
  symlink("/etc", "/cache/db/link");
  mknod("/cache/db/fifo", S_IFIFO | 0666, 0);
  int file = open("/cache/db/database", O_WRONLY | O_TRUNC);
  if (file < 0 || write(file, "changed", 7) != 7) held("write");
  escaped("wrote into what it was given");
}

static void copy_self(int to) {
  char bytes[65536];
  int from = open("/scanner/scan", O_RDONLY);
  for (long count = read(from, bytes, sizeof bytes); count > 0; count = read(from, bytes, sizeof bytes)) if (write(to, bytes, count) != count) held("write");
}

static void run_dropped(char **arguments) {
  (void)arguments;
  int file = open("/tmp/dropped", O_WRONLY | O_CREAT, 0755);
  if (file < 0) held("open");
  copy_self(file);
  close(file); // An open file cannot be run, which would look like a wall.
  execv("/tmp/dropped", (char *[]){ "dropped", "say-escaped", NULL });
  held("exec");
}

static void run_from_memory(char **arguments) {
  (void)arguments;
  long file = syscall(SYS_memfd_create, "dropped", 0);
  if (file < 0) held("memfd_create");
  copy_self(file);
  char *command[] = { "dropped", "say-escaped", NULL }, *none[] = { NULL };
  syscall(SYS_execveat, file, "", command, none, 0x1000);
  held("execveat");
}

static void say_escaped(char **arguments) {
  (void)arguments;
  escaped("ran what it brought");
}

static void leave_file(char **arguments) {
  int file = open(arguments[0], O_WRONLY | O_CREAT, 0644);
  if (file < 0) held("open");
  dprintf(1, "done\n");
  _exit(0);
}

const struct attack files[] = {
  { "read-file", read_file }, { "write-file", write_file }, { "list-folder", list_folder }, { "list-root", list_root }, { "read-above", read_above },
  { "read-by-link", read_by_link }, { "change-input", change_input }, { "change-scanner", change_scanner }, { "change-root", change_root },
  { "change-database", change_database }, { "run-dropped", run_dropped }, { "run-from-memory", run_from_memory }, { "say-escaped", say_escaped },
  { "leave-file", leave_file }, { NULL, NULL },
};
