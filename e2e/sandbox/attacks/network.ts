import type { Attack } from '../attack.ts';
import type { WallId } from '../../../apps/sandbox-runner/src/sandbox/walls/walls.ts';

// Without the socket filter, `connect` and `send` are still calls that the filter does not know.
const filtered: readonly WallId[] = ['seccomp-sockets', 'seccomp-unlisted'];
const raw = 3;
const datagram = 2;
const stream = 1;

const socket = (name: string, numbers: readonly number[], more: Partial<Attack> = {}): Attack => ({
  name,
  stoppedBy: ['seccomp-sockets'],
  args: () => ['socket', ...numbers.map(String)],
  ...more,
});

export const network: readonly Attack[] = [
  {
    name: 'connects to a service of the host (TCP)',
    stoppedBy: [...filtered, 'network-namespace'],
    args: ({ tcpPort }) => ['tcp', String(tcpPort)],
  },
  {
    name: 'sends to a service of the host (UDP)',
    stoppedBy: [...filtered, 'network-namespace'],
    args: ({ udpPort }) => ['udp', String(udpPort)],
  },
  {
    name: 'connects to an abstract socket of the host',
    stoppedBy: [...filtered, 'network-namespace'],
    args: ({ abstractName }) => ['abstract', abstractName],
  },
  {
    name: "connects to a socket in the host's files",
    stoppedBy: [...filtered, 'own-root'],
    args: ({ socketPath }) => ['unix', socketPath],
  },
  socket('makes an internet socket', [2, stream, 0]),
  socket('makes an IPv6 socket', [10, stream, 0], { kernelMayRefuse: true }),
  socket('speaks netlink to the kernel', [16, datagram, 0]),
  socket('speaks to the hypervisor (vsock)', [40, stream, 0], { kernelMayRefuse: true }),
  socket("speaks to the kernel's cryptography (AF_ALG)", [38, 5, 0], { kernelMayRefuse: true }),
  // The network belongs to the outer of bubblewrap's two user namespaces, so rights in the inner one do not count.
  socket('makes a raw socket', [2, raw, 1], { stoppedBy: ['seccomp-sockets', 'capabilities', 'no-nested-namespaces'] }),
  socket('makes a packet socket', [17, raw, 0], {
    stoppedBy: ['seccomp-sockets', 'capabilities', 'no-nested-namespaces'],
    kernelMayRefuse: true,
  }),
];
