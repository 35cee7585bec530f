import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { Api } from './api.ts';

/** A suite that gives this answer to every request. */
const answering = async (status: number, error: object): Promise<Api> => {
  const server = createServer((_, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ error }));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.close();
  });
  return new Api(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 'a token');
};

it.each([
  [403, 'failed', 'ask for a role that has it: `docs/security.md` lists the roles'],
  [404, 'not-found', '`assay status` lists the known images'],
])('a refusal has its cause and a remedy: %i', async (status, reason, remedy) => {
  const api = await answering(status, { code: 'Refused', message: 'The client may not do it.' });
  await expect(api.why('sha256:ab')).rejects.toMatchObject({ reason, remedy, message: 'The client may not do it.' });
});
