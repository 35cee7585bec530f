import { expect, it } from 'vitest';
import { demoEnv } from './demo.ts';

it('the demo keeps its own database, and fetches none, also if settings name another', () => {
  const env = { PATH: '/bin', ASSAY_TRIVY_DB: '/databases/real', ASSAY_DATABASE_SOURCES: 'mirror.test/trivy-db:2' };
  expect(demoEnv(env)).toEqual({ PATH: '/bin', ASSAY_DATABASE_SOURCES: 'off' });
});
