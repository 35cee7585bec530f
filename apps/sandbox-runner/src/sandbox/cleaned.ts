// Control characters (ESC among them), invisible ones that turn the direction of text, and line separators.
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu;

/**
 * Text of an untrusted program, fit for one line of a log: line ends become spaces, the rest of what a terminal obeys
 * is dropped.
 */
export const cleaned = (bytes: Buffer): string =>
  bytes
    .toString('utf8')
    .replaceAll(/[\r\n\t]+/g, ' ')
    .replaceAll(unprintable, '')
    .trim();
