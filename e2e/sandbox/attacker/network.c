#include "attacker.h"
#include <arpa/inet.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

static int opened(int family, int type, int protocol) {
  int made = socket(family, type, protocol);
  if (made < 0) held("socket");
  struct timeval patience = { 1, 0 };
  setsockopt(made, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  return made;
}

// Whoever listens greets; only a greeting proves that something was reached.
static void greeted(int from) {
  char bytes[64];
  long count = read(from, bytes, sizeof bytes - 1);
  if (count <= 0) held("no greeting");
  bytes[count] = 0;
  escaped("was greeted: %s", bytes);
}

static struct sockaddr_in loopback(const char *port) {
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(atoi(port)), .sin_addr = { htonl(INADDR_LOOPBACK) } };
  return address;
}

static void tcp(char **arguments) {
  struct sockaddr_in address = loopback(arguments[0]);
  int made = opened(AF_INET, SOCK_STREAM, 0);
  if (connect(made, (void *)&address, sizeof address) != 0) held("connect");
  greeted(made);
}

static void udp(char **arguments) {
  struct sockaddr_in address = loopback(arguments[0]);
  int made = opened(AF_INET, SOCK_DGRAM, 0);
  if (connect(made, (void *)&address, sizeof address) != 0) held("connect");
  if (write(made, "hello", 5) != 5) held("send");
  greeted(made);
}

static void unix_socket(char **arguments) {
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  strncpy(address.sun_path, arguments[0], sizeof address.sun_path - 1);
  int made = opened(AF_UNIX, SOCK_STREAM, 0);
  if (connect(made, (void *)&address, sizeof address) != 0) held("connect");
  greeted(made);
}

static void abstract(char **arguments) {
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  size_t length = strlen(arguments[0]);
  memcpy(address.sun_path + 1, arguments[0], length);
  int made = opened(AF_UNIX, SOCK_STREAM, 0);
  if (connect(made, (void *)&address, offsetof(struct sockaddr_un, sun_path) + 1 + length) != 0) held("connect");
  greeted(made);
}

// Family, type and protocol in numbers.
static void any_socket(char **arguments) {
  tell(socket(atoi(arguments[0]), atoi(arguments[1]), atoi(arguments[2])), "socket");
}

const struct attack network[] = {
  { "tcp", tcp }, { "udp", udp }, { "unix", unix_socket }, { "abstract", abstract }, { "socket", any_socket }, { NULL, NULL },
};
