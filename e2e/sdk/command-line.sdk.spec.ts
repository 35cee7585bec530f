import { expect, inject, it } from 'vitest';
import { connect } from '../../apps/assay/src/client/connection.ts';
import { DataFolder } from '../../apps/assay/src/suite/data.ts';
import { localSubscription } from '../../apps/assay/src/suite/local.ts';
import { Terminal } from '../../apps/assay/src/terminal/terminal.ts';

it('the command line finds the suite over HTTPS, and believes its certificate', async () => {
  const { api } = await connect({ env: {}, directory: '/', terminal: new Terminal() }, new DataFolder(inject('data')));
  expect(api.url).toMatch(/^https:/);
  expect(
    (await api.images({ children: 'true' })).filter(({ subscriptionId }) => subscriptionId === localSubscription),
  ).toHaveLength(13);
});
