import type { Asked } from '../../api/use-answer.ts';
import type { components } from '../../api/generated/schema.ts';
import { texts } from '../../texts.ts';

export type GateJudgement = components['schemas']['Judgement'];

/** The gate is asked again after so many ms. */
export const gateEveryMs = 15_000;

/** The gate's answer as a page shows it. */
export interface ShownGate {
  readonly decision: 'allow' | 'deny' | 'unknown' | 'asking';
  readonly why: string;
}

const words = texts.image.gate;

const unknown = (why: string): ShownGate => ({ decision: 'unknown', why });

/**
 * The gate's answer about an image now. `allow` needs an answer with code 200 that allows this image, is not older than
 * two turns, and no newer request that failed. Everything else is unknown.
 * @param now ms since the epoch
 */
export const shownGate = (
  { data, at, asOf, failure, isPrevious }: Omit<Asked<GateJudgement>, 'isFetching' | 'retry'>,
  digest: string,
  now: number,
): ShownGate => {
  if (failure !== undefined) return unknown(words.failed(failure.status));
  if (data === undefined || at === undefined || isPrevious || data.digest !== digest)
    return { decision: 'asking', why: '' };
  if (data.decision === 'deny') return { decision: 'deny', why: data.message };
  if (data.decision !== 'allow') return unknown(data.message);
  if (asOf !== undefined) return unknown(words.cutOff);
  if (now - at > 2 * gateEveryMs) return unknown(words.old);
  return { decision: 'allow', why: data.message };
};
