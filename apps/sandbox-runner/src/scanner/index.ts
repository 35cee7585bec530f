export type { ScanOutcome } from './scanner.ts';
export { ScannerError } from './scanner-error.ts';
export { describeScanner, type ScannerDescription } from './trivy/describe.ts';
export { installFromGo, installFromPip } from './trivy/install.ts';
export { openTrivy, scannersDirectoryIn, type OpenedTrivy } from './trivy/index.ts';
export { TrivyScanner } from './trivy/trivy-scanner.ts';
