// Control characters (ESC among them), invisible ones that change the direction of text, and line separators.
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu;

/**
 * Makes text of an untrusted program fit for one line of a log: line ends become spaces, and other characters that a
 * terminal interprets are dropped.
 */
export const cleaned = (bytes: Buffer): string =>
  bytes
    .toString('utf8')
    .replaceAll(/[\r\n\t]+/g, ' ')
    .replaceAll(unprintable, '')
    .trim();
