import { describe, expect, it } from 'vitest';
import { declineReasons, doubtReasons, lapseReasons, scanFailures } from '@assay/events';
import { reasonText } from '../../apps/portal/src/text/reason.ts';
import { texts } from '../../apps/portal/src/texts.ts';

const given = [
  ...[declineReasons, doubtReasons, lapseReasons].flatMap((reasons) => Object.keys(reasons)),
  ...Object.keys(scanFailures).map((code) => `failed/${code}`),
];

describe('the reasons of the API', () => {
  it('have a text in the portal, each its own', () => {
    for (const reason of given) expect(texts.reasons, reason).toHaveProperty([reason]);
  });

  it('may have a code behind them', () => {
    expect(reasonText('failed/unauthorized')).toBe(texts.reasons['failed/']);
    expect(reasonText('failed/timeout')).toBe(texts.reasons['failed/timeout']);
    expect(reasonText('inspection-failed/unauthorized')).toBe(texts.reasons['inspection-failed/']);
  });

  it.each(['of-later', 'failed', 'of/later', '/', '', 'constructor', '__proto__'])(
    'have none as %j, which the portal does not know',
    (reason) => expect(reasonText(reason)).toBeUndefined(),
  );
});
