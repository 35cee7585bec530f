import { fileURLToPath } from 'node:url';

/** The images of the demonstration, in a checkout and in the package. */
export const imagesFolder = fileURLToPath(new URL('../../../../e2e/images', import.meta.url));

/** Expected result of a push. */
export interface Expected {
  readonly status: 'healthy' | 'unhealthy' | 'not-applicable';
  readonly reason?: string;
  readonly findings: number;
  readonly charged: boolean;
  /** True if no scan runs for it, since the digest is known. */
  readonly joined?: boolean;
}

export interface DemoPush {
  /** Folder below e2e/images. */
  readonly layout: string;
  readonly as: string;
  readonly registry: 'local' | 'other' | 'hardened';
  /** Pushed only once the result of that push is known, to show a repeated push. */
  readonly after?: string;
  readonly expected: Expected;
  /** Expected results of an index's children, in order. */
  readonly children?: readonly Expected[];
}

const unhealthy = (findings: number): Expected => ({ status: 'unhealthy', findings, charged: true });
const declined = (reason: string): Expected => ({ status: 'not-applicable', reason, findings: 0, charged: false });

/** The demonstration, with one row per push in display order. */
export const demoPushes: readonly DemoPush[] = [
  {
    layout: 'debian-13.8',
    as: 'debian:13.8',
    registry: 'local',
    expected: { status: 'healthy', findings: 0, charged: true },
  },
  { layout: 'nginx-1.23.3', as: 'nginx:1.23.3', registry: 'local', expected: unhealthy(366) },
  { layout: 'debian-13.0', as: 'debian:13.0', registry: 'local', expected: unhealthy(232) },
  { layout: 'nginx-1.22.1-alpine', as: 'nginx:1.22.1-alpine', registry: 'local', expected: unhealthy(69) },
  { layout: 'alpine-3.20.3', as: 'alpine:3.20.3', registry: 'local', expected: unhealthy(56) },
  {
    layout: 'alpine-index',
    as: 'alpine-multi:3.20.3',
    registry: 'local',
    after: 'alpine:3.20.3',
    expected: { ...unhealthy(56), charged: false },
    children: [{ ...unhealthy(56), charged: false, joined: true }, declined('not-a-container-image/attestation')],
  },
  {
    layout: 'nginx-1.23.3',
    as: 'nginx:stable',
    registry: 'local',
    after: 'nginx:1.23.3',
    expected: { ...unhealthy(366), charged: false, joined: true },
  },
  {
    layout: 'distroless-python3-debian13',
    as: 'distroless/python3-debian13:latest',
    registry: 'local',
    expected: declined('no-package-manager'),
  },
  {
    layout: 'busybox-1.37.0-glibc',
    as: 'busybox:1.37.0-glibc',
    registry: 'local',
    expected: { status: 'not-applicable', reason: 'no-operating-system', findings: 0, charged: false },
  },
  { layout: 'windows', as: 'windows/nanoserver:ltsc2025', registry: 'local', expected: declined('windows-image') },
  {
    layout: 'helm-chart',
    as: 'charts/web:1.0.0',
    registry: 'local',
    expected: declined('not-a-container-image/helm-chart'),
  },
  {
    layout: 'cosign-signature',
    as: 'alpine:sha256-4186c1630253159012e6bf5e3ae26dfee3c409cd1319674c47885c3e1c0d67aa.sig',
    registry: 'local',
    expected: declined('not-a-container-image/signature'),
  },
  { layout: 'debian-13.0', as: 'debian:13.0', registry: 'other', expected: declined('plan-disabled') },
  {
    layout: 'distroless-python3-debian13',
    as: 'distroless/python3-debian13:latest',
    registry: 'hardened',
    after: 'distroless/python3-debian13:latest',
    expected: { ...unhealthy(180), joined: true },
  },
];
