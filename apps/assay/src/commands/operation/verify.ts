import { existsSync } from 'node:fs';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { dataOf, dataOption, failuresTo, homeOf, jsonOption, shownPath, type Shell } from '../../shell.ts';
import { Failure, lineOf, reasonOf } from '../../terminal/failure.ts';
import { counted, minuteOf } from '../../terminal/format.ts';
import { oneLine } from '../../terminal/colors.ts';
import { broken } from '../../terminal/table.ts';
import type { CheckedStatement } from '../../seals/statement.ts';
import type { Verdict } from '../../seals/verified.ts';
import { digestIn, durationIn, periodIn } from '../options.ts';

interface Options {
  data?: string;
  json?: boolean;
  since?: number;
  month?: string;
  key?: string;
  seals?: string;
  months?: string;
  statement?: string;
  image?: string;
  require?: readonly string[];
  maxAge?: number;
}

const timeIn = (text: string): number => {
  const time = /^\d{4}-\d\d-\d\d(T.*)?$/.test(text) ? Date.parse(text) : NaN;
  if (!Number.isNaN(time)) return time;
  throw new InvalidArgumentError('Give a day such as 2026-11-30, or a time such as 2026-11-30T12:00:00Z.');
};

/** Codes of this command alone, as those of `gate`: 2 also means a wrong call, and any other failure. */
const codes = { good: 0, differs: 1, 'not-sealed': 2, 'nothing-compared': 2, 'nothing-stated': 2 } as const;

export const registerVerify = (program: Command, shell: Shell): void => {
  program
    .command('verify')
    .summary('prove that the log is as it was written')
    .description(
      'Reads the log and compares it with its seals: each record, each seal, and the file of each closed month. ' +
        'Names the first record that differs in a partition. Reads the data folder, on which no suite may run ' +
        'meanwhile, or Kafka (ASSAY_KAFKA_BROKERS, with the ASSAY_BLOBS of the services), and changes nothing.',
    )
    .addOption(
      new Option('--since <time>', 'only what was sealed since a day or a time').argParser(timeIn).conflicts('month'),
    )
    .addOption(new Option('--month <month>', 'only a closed month: 2026-11').argParser(periodIn))
    .option('--key <file>', 'PEM file with a key that must have signed (default: the key of the suite)')
    .option('--seals <file>', 'the seals of an outside place (default: ASSAY_SEAL_FILE)')
    .option('--months <place>', 'the ASSAY_BLOBS of billing, with closed months (Kafka only)')
    .addOption(
      new Option('--statement <file>', 'only a statement about an image, with its key alone').conflicts([
        'since',
        'month',
        'seals',
        'months',
      ]),
    )
    .addOption(
      new Option('--max-age <duration>', 'how old a statement may be: 10m (default: 24h)').argParser(durationIn),
    )
    .addOption(new Option('--image <digest>', 'the image that the statement must be about').argParser(digestIn))
    .addOption(
      new Option('--require <properties>', 'what the statement must state: ASSAY_ALLOWED,ASSAY_NO_CRITICAL').argParser(
        (text: string) => text.split(','),
      ),
    )
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Exit codes
  0  good: all that was compared is as it was written or signed
  1  something differs, or a statement is too old or lacks what is required
  2  nothing is proven: not sealed, nothing compared, nothing stated, a wrong
     call, or a log, key or file that cannot be read
  4  there is no log, a suite runs on it, or Kafka does not answer

Examples
  assay verify --data .assay/demo
  assay verify --month 2026-11 --key auditor.pem --seals /mnt/worm/assay.jsonl
  assay verify --statement web.json --key assay.pem --max-age 1h
  assay verify --statement web.json --require ASSAY_ALLOWED`,
    )
    .action((options: Options) =>
      run(shell, options).catch((error: unknown) => {
        if (reasonOf(error) !== 'failed') throw error;
        shell.terminal.note(lineOf(error));
        process.exitCode = codes['not-sealed'];
      }),
    );
};

const run = async (shell: Shell, given: Options): Promise<void> => {
  if (given.statement !== undefined) return checkStatement(shell, given.statement, given);
  if (given.maxAge !== undefined || given.image !== undefined || given.require)
    throw new Failure('usage', '--max-age, --image and --require are about a statement', 'give --statement, too');
  const { data: folder, json, since, month, key, seals, months } = given;
  const { isOnKafka, verified } = await import('../../seals/verified.ts');
  const { terminal, env } = shell;
  const data = dataOf(shell, folder);
  if (!isOnKafka(env, data) && !existsSync(data.log))
    throw new Failure(
      'no-suite',
      `there is no log in ${shownPath(shell, data.path)}`,
      'give the --data folder of a suite that has run',
    );
  terminal.progress('reading the seals');
  const found = await verified({
    since,
    month,
    key,
    seals,
    months,
    data,
    home: homeOf(shell),
    env,
    failed: failuresTo(shell),
    progress: (done, of) => terminal.progress(`comparing: ${done} of ${of} records`),
  });
  if (json) terminal.json(found);
  else terminal.result(verdictText(found, given, terminal.width));
  process.exitCode = codes[found.state];
};

const verdictText = (verdict: Verdict, { since, month }: Pick<Options, 'since' | 'month'>, width: number): string => {
  const { state, seals, compared, last, records, months, unsealed, keys, trusted, outside, foundOutside } = verdict;
  const { differences, warnings } = verdict;
  const only = since === undefined ? month : `what was sealed since ${minuteOf(new Date(since).toISOString())}`;
  const closed = months.length === 0 ? 'no closed month was compared' : `closed: ${months.join(', ')}`;
  const lines = [
    {
      good:
        only === undefined
          ? 'Good: all that is sealed is as it was written.'
          : `Good, as far as it was read: only ${only} was compared, and it is as it was written.`,
      'nothing-compared': `Nothing was compared: ${
        month === undefined ? 'no seal is so new' : `${month} is not sealed as a closed month`
      }.`,
      differs: differences.every(({ kind }) => kind === 'outside-incomplete')
        ? 'Not proven: seals were taken out of the outside place.'
        : `Not as it was written: ${counted(differences.length, 'difference')}.`,
      'not-sealed':
        'Not sealed: nothing proves what was written. A suite that has a key seals within a minute of its start.',
    }[state],
    ...differences.map(({ text }) => `- ${text}.`),
    ...(state === 'differs' ? ['To do: compare with a backup (docs/proof.md#verify).'] : []),
    ...(last
      ? [
          '',
          `Compared: ${counted(records, 'record')} of ${counted(compared, 'seal')}; ${closed}. The last seal of the ` +
            `log is ${last.number} of ${minuteOf(last.sealedAt)}.`,
          ...(compared < seals
            ? [`Not compared: ${counted(seals - compared, 'seal')}, whose signature alone was read.`]
            : []),
        ]
      : []),
    ...(unsealed > 0 ? [`Not sealed yet: ${counted(unsealed, 'record')}. Nothing proves what they were.`] : []),
    ...(last && trusted === undefined
      ? [`No key was given, so that of the first seal is believed: ${keys[0]}. --key names one.`]
      : []),
    ...(last && foundOutside !== undefined
      ? [`Outside place: ${foundOutside} of ${counted(seals, 'seal')} in ${outside}.`]
      : []),
    ...warnings.map((warning) => `Warning: ${warning}.`),
    ...(last && outside === undefined
      ? ['No outside place was compared (--seals): who holds the key of the seals can make others.']
      : []),
  ];
  return lines.map((line) => broken(line, width)).join('\n');
};

/** Verifies a statement, without any suite. */
const checkStatement = async (
  shell: Shell,
  file: string,
  { data, json, key, maxAge = 86_400, image, require = [] }: Options,
): Promise<void> => {
  const { checkedStatement } = await import('../../seals/statement.ts');
  const found = checkedStatement({
    file,
    key,
    data: dataOf(shell, data),
    env: shell.env,
    maxAgeMs: maxAge * 1000,
    image,
    require,
  });
  if (json) shell.terminal.json(found);
  else shell.terminal.result(statementText(found, shell.terminal.width));
  process.exitCode = codes[found.state];
};

/** The evidence of Assay's own statements. */
interface StatedEvidence {
  readonly places?: readonly {
    readonly repository?: string;
    readonly status?: string;
    readonly exempt?: number;
    readonly database?: { readonly builtAt?: string; readonly demonstration?: boolean };
  }[];
}

const statementText = ({ state, why, statement }: CheckedStatement, width: number): string => {
  const { subject = [], predicate } = statement ?? {};
  const policy = predicate?.verifier.policies.find(({ name }) => name === 'assay-gate')?.annotations;
  const { places = [] } = (predicate?.evidence ?? {}) as StatedEvidence;
  return [
    state === 'differs'
      ? `Not to be believed: ${why}.`
      : state === 'good'
        ? 'Good: it is signed by the key, and new enough.'
        : 'Signed and new enough, but it states nothing good of the image.',
    ...subject.map(({ name, digest }) => `${name}@sha256:${digest?.sha256}`),
    ...(predicate
      ? [`Held at ${predicate.timeCreated}: ${predicate.properties.join(', ') || 'nothing is known'}.`]
      : []),
    ...(policy ? [`Policy: ${Object.entries(policy).flat().join(' ')}.`] : []),
    ...places.map(
      ({ repository, status, exempt, database }) =>
        `${repository} is ${status}${exempt === undefined ? '' : `; rules exempt ${counted(exempt, 'finding')}`}` +
        `${database ? `; database of ${minuteOf(String(database.builtAt))}` : ''}` +
        `${database?.demonstration ? ', the small demonstration one' : ''}.`,
    ),
  ]
    .map((line) => broken(oneLine(line), width))
    .join('\n');
};
