import { describe, expect, it } from 'vitest';
import { holdsOverAll } from './rights.ts';

const subscription = '/subscriptions/a';

describe('a right over every subscription', () => {
  it.each([
    ['the role over everything', [{ role: 'Billing Contributor', scope: '/' }], true],
    ['the role in one subscription', [{ role: 'Billing Contributor', scope: subscription }], false],
    [
      'another role over everything',
      [
        { role: 'Billing Reader', scope: '/' },
        { role: 'Billing Contributor', scope: subscription },
      ],
      false,
    ],
    ['the operator of the shared token', [{ role: 'Operator', scope: '/' }], true],
    ['no role', [], false],
  ])('with %s', (_, roles, holds) => {
    const operations = roles.length === 0 ? [] : ['charges/read', 'charges/write'];
    expect(holdsOverAll({ operations, roles }, 'charges/write')).toBe(holds);
  });
});
