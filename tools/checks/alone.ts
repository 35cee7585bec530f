/** How a shell is given a text as one word. */
const quoted = (word: string): string => (/^[\w./:=@-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

/** A pattern that is a text itself. */
export const literally = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

/** Begins the line that names what failed. */
export const failedMark = 'Failed: ';
/** Begins a line of what came of it instead. */
export const detailMark = '        | ';
/** Begins the line that says how to run again, alone, what failed. Whoever runs many checks gathers these lines. */
export const aloneMark = 'Alone:  ';

/** @returns the line that says how to run it alone: `Alone:  npm run test:hostile -- --only 'x'` */
export const alone = (script: string, words: readonly string[], seed?: string): string =>
  `${aloneMark}${seed === undefined ? '' : `ASSAY_SEED=${seed} `}npm ${script === 'test' ? 'test' : `run ${script}`} -- ${words.map(quoted).join(' ')}`;
