/** The processors that Linux scanners are built for, and how seccomp calls them (AUDIT_ARCH_*). */
export const architectures = { x64: 0xc000003e, arm64: 0xc00000b7 } as const;
export type Architecture = keyof typeof architectures;

/** The numbers of a system call on x86-64 and on arm64; arm64 never got the old ones. */
export type Numbers = readonly [x64: number, arm64: number | undefined];

const none = undefined;

export const numberOn = (architecture: Architecture, [x64, arm64]: Numbers): number | undefined => (architecture === 'x64' ? x64 : arm64);

/** Files, memory, time, signals, threads' coordination: what a scanner in Go, Rust or C needs, and nothing that reaches further. */
export const allowed = {
  read: [0, 63], write: [1, 64], readv: [19, 65], writev: [20, 66], pread64: [17, 67], pwrite64: [18, 68], preadv: [295, 69],
  pwritev: [296, 70], preadv2: [327, 286], pwritev2: [328, 287], open: [2, none], openat: [257, 56], creat: [85, none], close: [3, 57],
  close_range: [436, 436], lseek: [8, 62], stat: [4, none], lstat: [6, none], fstat: [5, 80], newfstatat: [262, 79], statx: [332, 291],
  statfs: [137, 43], fstatfs: [138, 44], access: [21, none], faccessat: [269, 48], faccessat2: [439, 439], getdents: [78, none],
  getdents64: [217, 61], getcwd: [79, 17], chdir: [80, 49], fchdir: [81, 50], readlink: [89, none], readlinkat: [267, 78],
  rename: [82, none], renameat: [264, 38], renameat2: [316, 276], mkdir: [83, none], mkdirat: [258, 34], rmdir: [84, none],
  link: [86, none], linkat: [265, 37], unlink: [87, none], unlinkat: [263, 35], symlink: [88, none], symlinkat: [266, 36],
  chmod: [90, none], fchmod: [91, 52], fchmodat: [268, 53], fchmodat2: [452, 452], umask: [95, 166], truncate: [76, 45],
  ftruncate: [77, 46], fallocate: [285, 47], fadvise64: [221, 223], readahead: [187, 213], fsync: [74, 82], fdatasync: [75, 83],
  sync_file_range: [277, 84], copy_file_range: [326, 285], sendfile: [40, 71], utime: [132, none], utimes: [235, none],
  utimensat: [280, 88], futimesat: [261, none], flock: [73, 32], fcntl: [72, 25], dup: [32, 23], dup2: [33, none], dup3: [292, 24],
  pipe: [22, none], pipe2: [293, 59], select: [23, none], pselect6: [270, 72], poll: [7, none], ppoll: [271, 73],
  epoll_create: [213, none], epoll_create1: [291, 20], epoll_ctl: [233, 21], epoll_wait: [232, none], epoll_pwait: [281, 22],
  epoll_pwait2: [441, 441], eventfd: [284, none], eventfd2: [290, 19], timerfd_create: [283, 85], timerfd_settime: [286, 86],
  timerfd_gettime: [287, 87], mmap: [9, 222], munmap: [11, 215], mremap: [25, 216], mprotect: [10, 226], madvise: [28, 233],
  msync: [26, 227], mincore: [27, 232], brk: [12, 214], mlock: [149, 228], munlock: [150, 229], rt_sigaction: [13, 134],
  rt_sigprocmask: [14, 135], rt_sigreturn: [15, 139], rt_sigpending: [127, 136], rt_sigsuspend: [130, 133], rt_sigtimedwait: [128, 137],
  sigaltstack: [131, 132], kill: [62, 129], tkill: [200, 130], tgkill: [234, 131], pause: [34, none], restart_syscall: [219, 128],
  futex: [202, 98], set_robust_list: [273, 99], get_robust_list: [274, 100], set_tid_address: [218, 96], rseq: [334, 293],
  membarrier: [324, 283], nanosleep: [35, 101], clock_nanosleep: [230, 115], clock_gettime: [228, 113], clock_getres: [229, 114],
  gettimeofday: [96, 169], time: [201, none], times: [100, 153], getitimer: [36, 102], setitimer: [38, 103], alarm: [37, none],
  timer_create: [222, 107], timer_settime: [223, 110], timer_gettime: [224, 108], timer_getoverrun: [225, 109], timer_delete: [226, 111],
  getpid: [39, 172], gettid: [186, 178], getppid: [110, 173], getpgid: [121, 155], getpgrp: [111, none], getsid: [124, 156],
  getuid: [102, 174], geteuid: [107, 175], getgid: [104, 176], getegid: [108, 177], getresuid: [118, 148], getresgid: [120, 150],
  getgroups: [115, 158], capget: [125, 90], getrlimit: [97, 163], setrlimit: [160, 164], prlimit64: [302, 261], getrusage: [98, 165],
  sysinfo: [99, 179], uname: [63, 160], getcpu: [309, 168], getrandom: [318, 278], sched_yield: [24, 124], sched_getaffinity: [204, 123],
  sched_setaffinity: [203, 122], sched_getparam: [143, 121], sched_getscheduler: [145, 120], getpriority: [140, 141],
  arch_prctl: [158, none], wait4: [61, 260], waitid: [247, 95], execve: [59, 221], exit: [60, 93], exit_group: [231, 94],
} as const satisfies Record<string, Numbers>;

/** No scanner has a reason for these, so whoever tries one is stopped at once and reported. */
export const killed = {
  ptrace: [101, 117], process_vm_readv: [310, 270], process_vm_writev: [311, 271], kcmp: [312, 272], pidfd_getfd: [438, 438],
  bpf: [321, 280], perf_event_open: [298, 241], userfaultfd: [323, 282], mount: [165, 40], umount2: [166, 39], move_mount: [429, 429],
  open_tree: [428, 428], fsopen: [430, 430], fsconfig: [431, 431], fsmount: [432, 432], fspick: [433, 433], mount_setattr: [442, 442],
  pivot_root: [155, 41], unshare: [272, 97], setns: [308, 268], init_module: [175, 105], finit_module: [313, 273],
  delete_module: [176, 106], create_module: [174, none], kexec_load: [246, 104], kexec_file_load: [320, 294], add_key: [248, 217],
  request_key: [249, 218], keyctl: [250, 219], io_uring_setup: [425, 425], io_uring_enter: [426, 426], io_uring_register: [427, 427],
  io_setup: [206, 0], open_by_handle_at: [304, 265],
} as const satisfies Record<string, Numbers>;

/** Allowed or refused by their arguments, or refused in a way of their own. */
export const judged = {
  clone: [56, 220], clone3: [435, 435], fork: [57, none], vfork: [58, none], socket: [41, 198], ioctl: [16, 29], prctl: [157, 167],
} as const satisfies Record<string, Numbers>;

/** What the launcher itself needs before the filter is in place, and what a probe tries in vain. */
export const launching = {
  capset: [126, 91], chroot: [161, 51], sethostname: [170, 161], connect: [42, 203], memfd_create: [319, 279],
} as const satisfies Record<string, Numbers>;
