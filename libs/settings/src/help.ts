import { everySetting, type KnownSetting } from './catalogue.ts';
import { tasks } from './setting.ts';

/** Markdown as plain text: without links, and with backticks only around commands. */
const plain = (text: string): string =>
  text.replaceAll(/ \(\[[^\]]+\]\([^)]+\)\)/g, '').replaceAll(/`(?!assay )([^`]+)`/g, '$1');

const columns = 80;

const wrapped = (text: string, indent: string): string[] => {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(' ')) {
    if (line !== indent && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = indent;
    }
    line += line === indent ? word : ` ${word}`;
  }
  return [...lines, line];
};

const described = ({ name, summary, default: fallback }: KnownSetting): string[] => [
  `  ${name}`,
  ...wrapped(`${plain(summary)}${fallback === undefined ? '' : ` Default: ${plain(fallback)}.`}`, '      '),
];

/** The named settings, for the help of a command. */
export const helpOf = (names: readonly string[]): string =>
  names
    .flatMap((name) =>
      everySetting()
        .filter((each) => each.name === name)
        .flatMap(described),
    )
    .join('\n');

/** The settings of a service or of `assay up`, by task, for its help. */
export const settingsHelp = (reader: string): string =>
  tasks
    .flatMap((task) => {
      const own = everySetting().filter((each) => each.task === task && each.readers.includes(reader));
      return own.length === 0 ? [] : ['', task, ...own.flatMap(described)];
    })
    .join('\n');
