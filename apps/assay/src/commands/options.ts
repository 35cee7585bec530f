import { CommanderError, InvalidArgumentError, Option } from 'commander';
import { targetIn } from '@assay/events/target';
import { exitCodes } from '../terminal/failure.ts';
import { shellWord } from '../terminal/format.ts';

export const portIn = (text: string): number => {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError('A port is a number from 0 (any free one) to 65535.');
};

export const secondsIn = (text: string): number => {
  const seconds = Number(text);
  if (text.trim() !== '' && Number.isFinite(seconds) && seconds > 0) return seconds;
  throw new InvalidArgumentError('Give a number of seconds above 0.');
};

export const daysIn = (text: string): number => {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Give a number of days from 1 to 99999.');
};

export const periodIn = (text: string): string => {
  if (/^[1-9]\d{3}-(0[1-9]|1[0-2])$/.test(text)) return text;
  throw new InvalidArgumentError('A period is a month such as 2026-11.');
};

const unitSeconds: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600 };

/** Parses `90s`, `10m` or `1h` into seconds. */
export const durationIn = (text: string): number => {
  const [, number, unit] = /^(\d{1,6})([smh]?)$/.exec(text) ?? [];
  const seconds = unitSeconds[unit ?? ''];
  if (number !== undefined && seconds !== undefined) return Number(number) * seconds;
  throw new InvalidArgumentError('A duration is a number of seconds, or one such as 90s, 10m or 1h.');
};

/** Code of the error for a tag. Its text is complete: it needs no reference to the help. */
export const notADigest = 'assay.not-a-digest';

/** Accepts a full digest only: a prefix or a tag may mean another image tomorrow. */
export const digestIn = (text: string): string => {
  if (/^sha256:[0-9a-f]{64}$/.test(text)) return text;
  if (/^(sha256:)?[0-9a-f]*$/.test(text))
    throw new InvalidArgumentError('Give the whole digest: sha256: and 64 hex digits.');
  throw new CommanderError(
    exitCodes.usage.code,
    notADigest,
    `error: The gate needs a digest, not a tag: a tag may move. \`assay status ${shellWord(text)}\` shows it.`,
  );
};

/** Accepts `linux/arm64` or `linux/arm/v7`. */
export const platformIn = (text: string): string => {
  if (/^[a-z0-9][a-z0-9._-]*(\/[a-z0-9][a-z0-9._-]*){1,2}$/i.test(text)) return text;
  throw new InvalidArgumentError('A platform is a system and an architecture: linux/arm64, linux/arm/v7.');
};

const statuses = ['healthy', 'unhealthy', 'not-applicable', 'undetermined'];

/** Parses `unhealthy,undetermined`. */
export const statusesIn = (text: string): readonly string[] => {
  const given = text.split(',').map((one) => one.trim());
  if (given.every((one) => statuses.includes(one))) return given;
  throw new InvalidArgumentError(`Give one or more of ${statuses.join(', ')}, with commas between them.`);
};

/** Parses `classifier/scan.completed/3/17`. */
export const parkedIn = (text: string): string => {
  if (targetIn(text)) return text;
  throw new InvalidArgumentError('A parked event is named <service>/<topic>/<partition>/<offset>.');
};

/** Collects targets like `classifier/scan.completed/3/17`. */
export const allHaltedIn = (text: string, before: readonly string[] = []): readonly string[] => {
  if (targetIn(text)) return [...before, text];
  throw new InvalidArgumentError(
    'A partition that stands still is named <service>/<topic>/<partition>/<offset>: `assay halted` lists them.',
  );
};

/** Collects a repeatable option. */
export const allIn = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];

/** Collects parked events. */
export const allParkedIn = (text: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  parkedIn(text),
];

export const whyOption = (): Option =>
  new Option('--why <text>', 'the reason, for the audit trail').makeOptionMandatory().argParser((text) => {
    if (text.trim() !== '' && text.length <= 1000) return text;
    throw new InvalidArgumentError('Give a reason, of at most 1000 characters.');
  });
