import { InvalidArgumentError, Option, type Command } from 'commander';
import { digestPattern } from '@assay/events/patterns';
import { severities } from '@assay/events/vocabulary';
import type { RuleCriteriaAnswer } from '../../client/answers.ts';
import { Failure } from '../../terminal/failure.ts';

/** The options that choose the findings of a rule, and its end. */
export interface CriteriaOptions {
  vulnerability?: string[];
  digest?: string[];
  os?: string[];
  severityBelow?: (typeof severities)[number];
  cvssBelow?: number;
  patchable?: boolean;
  expires?: string;
}

export const scopeOption = (): Option =>
  new Option('--scope <id>', 'id of the subscription, resource group or registry').makeOptionMandatory();

/** Adds the options of `CriteriaOptions`. */
export const criteriaOptions = (command: Command): Command =>
  command
    .option('--vulnerability <id...>', 'CVE ids and similar')
    .option('--digest <digest...>', 'images', digestsIn)
    .option('--os <os...>', 'such as debian, or "debian 13"')
    .addOption(
      new Option('--severity-below <severity>', 'findings below this severity').choices(
        severities.filter((severity) => severity !== 'Unknown'),
      ),
    )
    .option('--cvss-below <score>', 'findings with a highest score below this', scoreIn)
    .option('--patchable', 'findings with a fixed version')
    .option('--no-patchable', 'without one')
    .option('--expires <time>', 'such as 2026-12-31, or 30d', expiryIn);

/**
 * The criteria of a rule.
 * @throws Failure `usage` without any
 */
export const criteriaOf = ({
  vulnerability,
  digest,
  os,
  severityBelow,
  cvssBelow,
  patchable,
}: CriteriaOptions): RuleCriteriaAnswer => {
  const criteria: RuleCriteriaAnswer = {
    ...(vulnerability ? { vulnerabilities: vulnerability } : {}),
    ...(digest ? { digests: digest } : {}),
    ...(os ? { operatingSystems: os } : {}),
    ...(severityBelow ? { severityBelow } : {}),
    ...(cvssBelow === undefined ? {} : { cvssBelow }),
    ...(patchable === undefined ? {} : { patchable }),
  };
  if (Object.keys(criteria).length > 0) return criteria;
  throw new Failure(
    'usage',
    'the rule has no criterion',
    'give one or more of --vulnerability, --digest, --os, --severity-below, --cvss-below, --patchable, ' +
      '--no-patchable',
  );
};

/** All criteria of a rule as text. */
export const criteriaText = ({
  vulnerabilities,
  digests,
  operatingSystems,
  severityBelow,
  cvssBelow,
  patchable,
}: RuleCriteriaAnswer): string =>
  [
    vulnerabilities && `one of ${vulnerabilities.join(', ')}`,
    digests && `in ${digests.map((digest) => digest.slice(0, 19)).join(', ')}`,
    operatingSystems && `on ${operatingSystems.join(', ')}`,
    severityBelow && `below ${severityBelow}`,
    cvssBelow !== undefined && `below CVSS ${cvssBelow}`,
    patchable !== undefined && (patchable ? 'fixable' : 'not fixable'),
  ]
    .filter(Boolean)
    .join(' and ');

const digestsIn = (text: string, before: readonly string[] = []): readonly string[] => {
  if (digestPattern.test(text)) return [...before, text];
  throw new InvalidArgumentError('A digest is sha256: and 64 hex digits.');
};

const scoreIn = (text: string): number => {
  const score = Number(text);
  if (text.trim() !== '' && score >= 0 && score <= 10) return score;
  throw new InvalidArgumentError('A CVSS score is a number from 0 to 10.');
};

/** Parses a day (its end), a time, or a number of days from now. */
const expiryIn = (text: string): string => {
  const days = /^(\d{1,5})d$/.exec(text)?.[1];
  const at =
    days === undefined
      ? Date.parse(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T23:59:59Z` : text)
      : Date.now() + Number(days) * 86_400_000;
  if (Number.isFinite(at) && at > Date.now()) return new Date(at).toISOString();
  throw new InvalidArgumentError('Give a future day or time such as 2026-12-31, or a number of days such as 30d.');
};
