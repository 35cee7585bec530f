import { expect, it } from 'vitest';
import { afterWrites } from './position.ts';

it('a request names the position of the last answer that had one, until a service has another key', async () => {
  const sent: unknown[] = [];
  const ask = (path: string, answer: (position: string | null) => Response, body?: string) =>
    afterWrites(
      new Request(`http://suite.test${path}`, body === undefined ? {} : { method: 'POST', body }),
      async (request) => {
        const position = request.headers.get('x-assay-position');
        sent.push([path, position, await request.text()]);
        return answer(position);
      },
    );
  const good = () => Response.json({});
  const wrote = () => Response.json({}, { headers: { 'x-assay-position': 'p' } });
  const foreign = (position: string | null) =>
    position === null ? good() : Response.json({ error: { code: 'InvalidPosition' } }, { status: 400 });
  await ask('/a', good);
  await ask('/b', wrote, 'body');
  await ask('/c', good);
  expect((await ask('/d', foreign, 'body')).status).toBe(200);
  await ask('/e', good);
  expect(sent).toEqual([
    ['/a', null, ''],
    ['/b', null, 'body'],
    ['/c', 'p', ''],
    ['/d', 'p', 'body'],
    ['/d', null, 'body'],
    ['/e', null, ''],
  ]);
});
