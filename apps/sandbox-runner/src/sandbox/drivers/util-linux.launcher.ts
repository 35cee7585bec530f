/**
 * Runs as the first process of the new namespaces, as their root, and becomes the scanner. It is perl because every
 * Debian has it and it can make any system call. It is one perl, because eight calls of `mount` and a `sh` take longer.
 * Everything it needs is loaded before the root changes.
 */
export const launcher = (root: string): string =>
  String.raw`
use strict;
my ($calls, $bytes, $inodes, $program, $input, $database, $access, @rest) = @ARGV;
my ($mount, $umount, $pivot_root, $chroot, $sethostname, $prctl, $capset, $close_range, $fcntl) =
  map { $_ + 0 } split /,/, $calls;
my (%environment, %caches, $runtime);
while (defined(my $argument = shift @rest)) {
  last if $argument eq '--';
  my ($name, $value) = split /=/, $argument, 2;
  if ($name eq 'runtime:') { $runtime = $value }
  elsif ($name =~ s/^cache://) { $caches{$name} = $value } else { $environment{$name} = $value }
}

my ($RDONLY, $NOSUID, $NODEV, $NOEXEC, $REMOUNT, $BIND, $MOVE) = (1, 2, 4, 8, 32, 4096, 8192);
my $INERT = $NOSUID | $NODEV | $NOEXEC;
sub fail { die "sandbox: $_[0]: $!\n" }
sub mounted {
  my ($from, $to, $type, $flags, $data) = @_;
  syscall($mount, $from, $to, $type, $flags + 0, $data) == 0 or fail("mount $to");
}
sub bound {
  my ($from, $to, $flags) = @_;
  my $none = '';
  mounted($from, $to, $none, $BIND, 0);
  mounted($none, $to, $none, $BIND | $REMOUNT | $flags, 0);
}
sub folder { mkdir $_[0], 0755 or fail("mkdir $_[0]"); }
sub emptyfile { open(my $file, '>', $_[0]) or fail("make $_[0]"); close $file; }
sub control { my @five = map { $_ + 0 } (@_, 0, 0, 0, 0)[0 .. 4]; return syscall($prctl, @five); }

umask 0022;
open(my $three, '<&=', 3) or fail('filter');
binmode $three;
my $filter = do { local $/; <$three> };
length($filter) > 0 && length($filter) % 8 == 0 or fail('filter is cut');
open(my $status, '>&=', 4) or fail('status');
# The write clears the error, so the error is kept meanwhile.
sub late { my $error = $! + 0; syswrite($status, "failed\n"); $! = $error; fail($_[0]); }

# The root: an empty tmpfs that is closed at the end. Scratch: one tmpfs with a size and a number of inodes, seen twice.
mounted('scan', '/mnt', 'tmpfs', $NOSUID | $NODEV | $NOEXEC, 'size=64k,nr_inodes=32,mode=0755');
folder("/mnt/$_") for qw(scanner input cache tmp dev scratch);
emptyfile("/mnt/$_") for qw(scanner/scan dev/null);
bound($program, '/mnt/scanner/scan', $RDONLY | $NOSUID | $NODEV);
bound($input, '/mnt/input', $RDONLY | $NOSUID | $NODEV | $NOEXEC) if length $input;
bound('/dev/null', '/mnt/dev/null', $RDONLY | $NOSUID | $NOEXEC);
mounted('scan', '/mnt/scratch', 'tmpfs', $NOSUID | $NODEV | $NOEXEC, "size=$bytes,nr_inodes=$inodes,mode=0700");
folder("/mnt/scratch/$_") for qw(tmp cache);
bound("/mnt/scratch/$_", "/mnt/$_", $NOSUID | $NODEV | $NOEXEC) for qw(tmp cache);
{
  my $scratch = '/mnt/scratch';
  syscall($umount, $scratch, 2) == 0 or fail('umount scratch');
  rmdir $scratch or fail('rmdir scratch');
}
if (length $database) {
  folder('/mnt/cache/db');
  bound($database, '/mnt/cache/db', $NOSUID | $NODEV | $NOEXEC | ($access eq 'rw' ? 0 : $RDONLY));
}
for my $name (keys %caches) {
  folder("/mnt/cache/$name");
  bound($caches{$name}, "/mnt/cache/$name", $NOSUID | $NODEV | $NOEXEC | $RDONLY);
}
if (defined $runtime) {
  folder('/mnt/runtime');
  bound($runtime, '/mnt/runtime', $RDONLY | $NOSUID | $NODEV);
}
{ my $none = ''; my $root = '/mnt'; mounted($none, $root, $none, $BIND | $REMOUNT | $RDONLY | $INERT, 0); }

# pivot_root and not only chroot: afterwards the host's mounts do not exist, rather than being out of sight.
# It is refused if the machine runs from its initial ramdisk; there moving the mount has the same effect.
chdir '/mnt' or fail('chdir');
{
  my ($new, $old) = ('.', '.');
  if (syscall($pivot_root, $new, $old) == 0) {
    my $below = '.';
    syscall($umount, $below, 2) == 0 or fail('detach the host');
  }
  else {
    my ($root, $none, $here) = ('/', '', '.');
    mounted($new, $root, $none, $MOVE, 0);
    syscall($chroot, $here) == 0 or fail('chroot');
  }
}
chdir '/tmp' or fail('chdir /tmp');
{ my $name = 'scan'; syscall($sethostname, $name, 4) == 0 or fail('sethostname'); }

# The bounding set first, while that is still allowed: otherwise the root of this namespace would get all back at exec.
for my $capability (0 .. 63) { control(24, $capability); }
control(23, $_) == 0 or fail('the bounding set is not empty') for 0, 1, 7, 21;
control(47, 4);
my $empty = pack('L6', (0) x 6);
{ my ($header, $none) = (pack('L l', 0x20080522, 0), $empty); syscall($capset, $header, $none) == 0 or fail('capset'); }
control(38, 1) == 0 or fail('no_new_privs');

# Close inherited descriptors at exec: by close_range if the kernel has it, else one by one.
syscall($close_range, 3, 0xffffffff, 4) == 0 or do { syscall($fcntl, $_ + 0, 2, 1) for 3 .. 65535 };
%ENV = %environment;
my @command = ('/scanner/scan', @rest);
my $described = pack('S x6 P', length($filter) / 8, $filter);
syswrite($status, "started\n");
my ($set_seccomp, $mode_filter) = (22, 2);
syscall($prctl, $set_seccomp, $mode_filter, $described) == 0 or late('seccomp');
exec { '/scanner/scan' } @command or late('exec');
`.replaceAll('/mnt', root);
