import type { SourceFile } from './sources.ts';

/** One place that breaks a rule: `path:line: why`. */
export type Breach = string;

const at = ({ path }: SourceFile, line: number, why: string): Breach => `${path}:${line}: ${why}`;

const mostColumns = 120;

/** Lines over 120 columns, but for those that a URL makes long. */
export const tooWide = (source: SourceFile): Breach[] =>
  source.text
    .split('\n')
    .flatMap((line, index) =>
      line.length > mostColumns && !/https?:\/\/\S{40,}/.test(line)
        ? [at(source, index + 1, `${line.length} columns; at most ${mostColumns}`)]
        : [],
    );

const headless = /^(What|Who|Whom|Whose|Whoever|Whatever|Where|Wherever|Which|That)\b/;

/** Comments that do not begin with their subject. */
export const headlessComments = (source: SourceFile): Breach[] =>
  source.comments.flatMap(({ line, text }) => {
    const [word] = headless.exec(text) ?? [];
    return word ? [at(source, line, `a comment begins with "${word}"; name its subject first`)] : [];
  });

/** Words that hide who does what, each with what to write. docs/glossary.md has the words of the project. */
const hidingWords: readonly (readonly [RegExp, string])[] = [
  [/\b(?:nobody|somebody|whoever|whomever|whosoever)\b/i, 'name the caller, the client, the operator, the process'],
  [/\bwhatever\b/i, 'any, every'],
  [/\b(?:he|his|him)\b/i, 'the caller, the client, the operator'],
  [/\b(?:hears?|heard|unheard)\b/i, 'receives, consumes, reads'],
  [/\b(?:says?|said)\b/i, 'publishes, emits, answers, reports, states, returns'],
  [/\b(?:tells|told|untold)\b/i, 'notifies, reports, answers'],
  [/\banew\b/i, 'again, from scratch'],
  [/\b(?:mends?|mended|reckoned)\b/i, 'fixes, repairs, computed'],
  [/\b(?:came|comes?|became|becomes?) of\b/i, 'result, outcome'],
];

/** Comments and titles of tests with a word that hides who does what. Text in backticks is a name, not a word. */
export const hidden = (source: SourceFile): Breach[] =>
  [...source.comments, ...source.titles].flatMap(({ line, text }) =>
    hidingWords.flatMap(([pattern, instead]) => {
      const [word] = pattern.exec(text.replaceAll(/`[^`]*`/g, '')) ?? [];
      return word ? [at(source, line, `"${word}" (better: ${instead})`)] : [];
    }),
  );

/** `apps/billing`, `libs/events`, `e2e/simulation`, `tools/services`: names have one meaning between these. */
const roomOf = (path: string): string => path.split('/').slice(0, 2).join('/');

/** Names that several packages use for the same idea, and why each declares its own. */
const sameIdea = new Set([
  // Each service has its own, as flow.ts and its decider give it: apps never import apps.
  'Config',
  'Emitted',
  'EmittedPlacement',
  'KnownRegistry',
  'Received',
  'ReceivedPlacement',
  'State',
  'VerdictsConsumer',
  // The command line describes answers as a client does, and the service as a server does.
  'BySeverity',
  'ChargesAnswer',
  'PeriodAnswer',
  'ReportFormat',
  'Severity',
]);

/** Names of exported types that two packages declare. */
export const ambiguous = (all: readonly SourceFile[]): Breach[] => {
  const rooms = new Map<string, Set<string>>();
  for (const { path, types } of all)
    for (const name of types) rooms.set(name, (rooms.get(name) ?? new Set()).add(roomOf(path)));
  return [...rooms]
    .filter(([name, { size }]) => size > 1 && !sameIdea.has(name))
    .map(([name, where]) => `type ${name} is exported by ${[...where].toSorted().join(' and ')}`);
};

/** Files of a domain with logic and no spec of the same name beside them. */
export const untested = (all: readonly SourceFile[]): Breach[] => {
  const paths = new Set(all.map(({ path }) => path));
  return all
    .filter(({ path }) => /^apps\/[^/]+\/src\/domain\//.test(path) && !path.endsWith('.spec.ts'))
    .filter(({ text }) => /=>\s|\bfunction\b|\bclass\b/.test(text.replaceAll(/\/\*[^]*?\*\/|\/\/.*/g, '')))
    .filter(({ path }) => !paths.has(path.replace(/\.ts$/, '.spec.ts')))
    .map(({ path }) => `${path} has logic, and no spec beside it`);
};
