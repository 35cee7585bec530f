/** Quotes a text as one word of a shell. */
const quoted = (word: string): string => (/^[\w./:=@-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

/** A pattern that matches only this text. */
export const literally = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

/** Begins the line that names what failed. */
export const failedMark = 'Failed: ';
/** Begins a line with the reason of a failure. */
export const detailMark = '        | ';
/** Begins the line with the command that runs a failed test alone. `npm run checks` gathers these lines. */
export const aloneMark = 'Alone:  ';

/** @returns the line with the command that runs it alone: `Alone:  npm run test:hostile -- --only 'x'` */
export const alone = (script: string, args: readonly string[], seed?: string): string => {
  const environment = seed === undefined ? '' : `ASSAY_SEED=${seed} `;
  return `${aloneMark}${environment}${npmOf(script)} -- ${args.map(quoted).join(' ')}`;
};

/** The npm command of a script: `npm test`, `npm run test:hostile`. */
export const npmOf = (script: string): string => `npm ${script === 'test' ? 'test' : `run ${script}`}`;
