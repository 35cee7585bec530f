import type { components } from '../../api/generated/schema.ts';

/** A rule that hides findings. */
export type ShownRule = components['schemas']['Rule'];

/** Tabs of the list, the debt first. */
export const standings = ['in-force', 'look-again', 'ending', 'endless', 'expired'] as const;

export type RuleStanding = (typeof standings)[number];

const day = 86_400_000;

/**
 * Why a person should look at a rule again, so as to end it. A rule that names findings or images was made for want of
 * a fix, and there is one now. One about all that is below a bar, or about fixable findings, hides those on purpose.
 * @returns undefined if there is no cause
 */
export const causeToLook = ({
  state,
  exempted,
  fixable,
  criteria: { vulnerabilities = [], digests = [], patchable },
}: Pick<ShownRule, 'state' | 'exempted' | 'fixable' | 'criteria'>): 'fixable' | 'idle' | undefined => {
  if (state === 'expired') return undefined;
  if (exempted === 0) return 'idle';
  return fixable > 0 && patchable !== true && vulnerabilities.length + digests.length > 0 ? 'fixable' : undefined;
};

/**
 * The tabs that a rule is in: `ending` runs out within two weeks, `endless` never does, `look-again` has a cause
 * to end it.
 * @param now ms since the epoch
 */
export const standingOf = (rule: ShownRule, now: number): readonly RuleStanding[] => {
  const { state, expiresAt } = rule;
  if (state === 'expired') return ['expired'];
  return [
    'in-force',
    ...(causeToLook(rule) === undefined ? [] : ['look-again' as const]),
    ...(expiresAt === undefined ? ['endless' as const] : []),
    ...(expiresAt !== undefined && Date.parse(expiresAt) - now < 14 * day ? ['ending' as const] : []),
  ];
};
