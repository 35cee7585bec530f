import type { ScannerRegistration } from './registration.ts';
import { trivy } from './trivy/registration.ts';

/** All scanners, the default first. Another scanner is a folder beside this file, and one more name here. */
export const scanners: readonly [ScannerRegistration, ...ScannerRegistration[]] = [trivy];

/** The scanner whose program a setting names, else the default. */
export const scannerFor = (
  env: Readonly<Record<string, string | undefined>>,
  among: readonly [ScannerRegistration, ...ScannerRegistration[]] = scanners,
): ScannerRegistration => among.find(({ settings }) => env[settings.program]) ?? among[0];
