export type { ScanOutcome } from './scanner.ts';
export { ScannerError } from './scanner-error.ts';
export { scannersDirectoryIn, type ScannerDescription, type ScannerRegistration } from './registration.ts';
export { scannerFor, scanners } from './scanners.ts';
