export type ScannerErrorCode =
  | 'scanner-missing'
  | 'scanner-unusable'
  | 'scanner-not-fetched'
  | 'scanner-tampered'
  | 'database-missing'
  | 'database-unusable';

/** There is no scanner that may be run. The remedy names the steps of an operator. */
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

/** Receives the progress of a long operation, as a line for people. */
export type ReportProgress = (line: string) => void;
