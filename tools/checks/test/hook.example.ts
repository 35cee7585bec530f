import { beforeAll, describe, it } from 'vitest';

describe('a suite', () => {
  beforeAll(() => {
    throw new Error('the hook breaks');
  });
  it('does not run', () => {});
});
