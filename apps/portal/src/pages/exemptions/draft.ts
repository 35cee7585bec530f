import type { components } from '../../api/generated/schema.ts';

/** Criteria of a rule; all that are given must hold. */
export type Criteria = components['schemas']['RuleCriteria'];

/** A rule as its author is writing it. */
export interface Draft {
  readonly name: string;
  /** ARM id of a subscription or a registry. */
  readonly scope: string;
  readonly vulnerabilities: string;
  readonly digests: string;
  readonly severityBelow: '' | 'Critical' | 'High' | 'Medium' | 'Low';
  /** True: only findings that no version fixes, so that it ends for each once there is a fix. */
  readonly isUntilFixable: boolean;
  readonly reason: string;
  /** A day, `2026-12-24`; empty for never. */
  readonly expires: string;
}

/** Words of a field, with commas or spaces between. */
const wordsIn = (text: string): readonly string[] => [...new Set(text.split(/[\s,]+/).filter(Boolean))];

/** The criteria that a draft means. */
export const criteriaOf = ({
  vulnerabilities,
  digests,
  severityBelow,
  isUntilFixable,
}: Draft): Omit<Criteria, 'severityBelow'> & { readonly severityBelow?: Exclude<Draft['severityBelow'], ''> } => {
  const [names, images] = [wordsIn(vulnerabilities), wordsIn(digests)];
  return {
    ...(names.length === 0 ? {} : { vulnerabilities: [...names] }),
    ...(images.length === 0 ? {} : { digests: [...images] }),
    ...(severityBelow === '' ? {} : { severityBelow }),
    ...(isUntilFixable ? { patchable: false } : {}),
  };
};

/** End of the day at which a draft expires, in UTC. */
export const expiryOf = ({ expires }: Draft): string | undefined =>
  expires === '' ? undefined : `${expires}T23:59:59Z`;

/** A name for a rule: short, and different from day to day. */
export const nameFor = (vulnerabilities: readonly string[], today: string): string => {
  const [first, ...others] = vulnerabilities;
  const subject =
    first === undefined ? 'rule' : `${first.toLowerCase()}${others.length === 0 ? '' : `-and-${others.length}`}`;
  return `${subject}-${today}`.replaceAll(/[^a-z0-9._-]/g, '-').slice(0, 64);
};

/** A day some days from now, `2026-12-24`. */
export const dayIn = (days: number, now: number): string =>
  new Date(now + days * 86_400_000).toISOString().slice(0, 10);

/** The first reason why a draft cannot be made, by its name in the texts. */
export const problemIn = (draft: Draft, now: number): 'name' | 'criteria' | 'reason' | 'expires' | undefined => {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(draft.name)) return 'name';
  if (Object.keys(criteriaOf(draft)).length === 0) return 'criteria';
  if (draft.expires !== '' && !(Date.parse(expiryOf(draft) ?? '') > now)) return 'expires';
  if (draft.reason.trim() === '') return 'reason';
  return undefined;
};
