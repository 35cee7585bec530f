export type ScannerErrorCode =
  | 'scanner-missing'
  | 'scanner-unusable'
  | 'scanner-not-fetched'
  | 'scanner-tampered'
  | 'database-missing'
  | 'database-unusable';

/** There is no scanner, or none that may be run; with what an operator can do. */
export class ScannerError extends Error {
  override readonly name = 'ScannerError';
  readonly code: ScannerErrorCode;
  readonly remedy: string;

  constructor(code: ScannerErrorCode, message: string, remedy: string) {
    super(message);
    this.code = code;
    this.remedy = remedy;
  }
}

/** What happens that takes a while, as a line for people. */
export type Progress = (line: string) => void;
