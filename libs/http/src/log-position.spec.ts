import { Controller, Get, Module, Post } from '@nestjs/common';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Appended, EmbeddedLog, type LogPosition } from '@assay/messaging';
import { NeedsNoRole } from './access/needs.ts';
import { sharedToken } from './access/access.ts';
import { armApplication } from './application.ts';
import { PositionSeal } from './position-seal.ts';

const log = new EmbeddedLog(':memory:', 2);
const append = (topic: string) => log.append([{ topic, partition: 0, key: 'k', headers: {}, value: 'v' }]);
const seal = new PositionSeal({ signingKey: 'k' });
const asked: LogPosition[] = [];
let isReached = true;
/** Work that goes on after its answer, as an order of a database does. */
const order = new Appended();

@Controller()
class Routes {
  @Get('assay/things')
  @NeedsNoRole()
  read(): object {
    return {};
  }

  @Post('assay/plans')
  @NeedsNoRole()
  async plan(): Promise<object> {
    await append('plan.changed');
    return {};
  }

  @Post('assay/rules')
  @NeedsNoRole()
  async rule(): Promise<object> {
    await Promise.all([append('rule.changed'), append('image.pushed')]);
    return {};
  }

  @Post('assay/orders')
  @NeedsNoRole()
  async order(): Promise<object> {
    await order.during(() => append('operator.acted'));
    Appended.current?.add(order.positions);
    return {};
  }

  @Post('ingest/things')
  async take(): Promise<object> {
    await append('plan.changed');
    return {};
  }
}

@Module({ controllers: [Routes] })
class RoutesModule {}

let app: Awaited<ReturnType<typeof armApplication>>;
beforeAll(async () => {
  app = await armApplication(RoutesModule, {
    signingKey: 'k',
    access: sharedToken('open'),
    reached: async (position) => {
      asked.push(position);
      return isReached;
    },
  });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
});
afterAll(async () => {
  await app.close();
  await log.close();
});

const send = async (method: 'GET' | 'POST', url: string, position?: string) => {
  const { statusCode, headers, body } = await app.inject({
    method,
    url,
    headers: {
      authorization: 'Bearer open',
      ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
      ...(position === undefined ? {} : { 'x-assay-position': position }),
    },
    ...(method === 'POST' ? { payload: {} } : {}),
  });
  const given = headers['x-assay-position'] as string | undefined;
  return { status: statusCode, code: JSON.parse(body).error?.code as unknown, headers, given };
};

const topicsIn = (given = ''): string[] =>
  (seal.unseal('writes', given) as readonly LogPosition[]).map(({ topic }) => topic);

it('the answer to a write names its position, with those that the request named', async () => {
  const first = await send('POST', '/assay/plans');
  expect(seal.unseal('writes', first.given!)).toEqual([{ topic: 'plan.changed', offsets: [1] }]);
  const second = await send('POST', '/assay/rules', first.given);
  expect(topicsIn(second.given)).toEqual(['plan.changed', 'rule.changed']);
});

it('the answer about an order names what the order appended', async () =>
  expect(topicsIn((await send('POST', '/assay/orders')).given)).toEqual(['operator.acted']));

it.each([
  ['GET', '/assay/things'],
  ['POST', '/ingest/things'],
] as const)('no position is named by %s %s', async (method, url) =>
  expect(await send(method, url)).toMatchObject({ given: undefined }),
);

it('a read waits for the position that it names, and is refused if that takes too long', async () => {
  const position = { topic: 'rule.changed', offsets: [7] };
  asked.length = 0;
  const read = () => send('GET', '/assay/things', seal.seal('writes', [position]));
  expect(await read()).toMatchObject({ status: 200 });
  expect(asked).toEqual([position]);
  isReached = false;
  expect(await read()).toMatchObject({ status: 503, headers: { 'retry-after': '2' } });
  isReached = true;
});

it.each([
  ['suite', new PositionSeal({ signingKey: 'other' }).seal('writes', [])],
  ['use', seal.seal('changes', [7, 7])],
])('a position of another %s is refused', async (_, foreign) => {
  expect(await send('GET', '/assay/things', foreign)).toMatchObject({ status: 400, code: 'InvalidPosition' });
});
