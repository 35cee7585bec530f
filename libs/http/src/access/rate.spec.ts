import { Controller, Get, Module, Post } from '@nestjs/common';
import * as fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { declaredRate } from '@assay/settings';
import { armApplication } from '../application.ts';
import type { ArmRequest } from '../http.ts';
import { unauthenticated } from './bearer.ts';
import { superuser } from './caller.ts';
import { Needs } from './needs.ts';
import { Rate, rateSettings, Unmetered } from './rate.ts';

@Controller()
class Things {
  @Get('subscriptions/:subscriptionId/things') @Needs('findings/read') list(): object {
    return { value: [] };
  }
  @Post('assay/things') @Needs('findings/read') make(): object {
    return {};
  }
  @Get('assay/gate') @Unmetered() @Needs('findings/read') gate(): object {
    return {};
  }
  @Get('open') open(): object {
    return {};
  }
}
@Module({ controllers: [Things] })
class ThingsModule {}

const subscription = '/subscriptions/00000000-0000-0000-0000-000000000001/things';

describe('the rate of a caller', () => {
  const started = async () => {
    const clock = { nowMs: 0 };
    const access = {
      identify: (request: ArmRequest) => {
        if (!request.headers.authorization) throw unauthenticated(request, 'AuthenticationFailed');
        return superuser(String(request.headers.authorization));
      },
    };
    const app = await armApplication(ThingsModule, { access, rate: new Rate(2, 3, () => clock.nowMs) });
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
    onTestFinished(() => app.close());
    const send = async (url: string, authorization = 'ana', method: 'GET' | 'POST' | 'DELETE' = 'GET') => {
      const { statusCode, headers, body } = await app.inject({
        method,
        url,
        headers: authorization ? { authorization } : {},
      });
      return { status: statusCode, headers, body: JSON.parse(body) as object };
    };
    return { clock, send };
  };

  it('is reported with every answer, and exceeding it is 429 until there is room again', async () => {
    const { clock, send } = await started();
    for (const left of ['2', '1', '0'])
      expect((await send(subscription)).headers['x-ms-ratelimit-remaining-subscription-reads']).toBe(left);
    const { status, headers, body } = await send(subscription);
    expect([status, headers['retry-after'], headers['x-ms-ratelimit-remaining-subscription-reads'], body]).toEqual([
      429,
      '1',
      '0',
      {
        error: {
          code: 'TooManyRequests',
          message: expect.stringContaining('2 requests a second') as string,
          details: [],
        },
      },
    ]);
    clock.nowMs += 499;
    expect((await send(subscription)).status).toBe(429);
    clock.nowMs += 1;
    expect((await send(subscription)).status).toBe(200);
    expect((await send(subscription)).status).toBe(429);
    clock.nowMs += 3_600_000;
    expect((await send(subscription)).headers['x-ms-ratelimit-remaining-subscription-reads']).toBe('2');
  });

  it('is separate for each caller, over all routes', async () => {
    const { send } = await started();
    expect((await send('/assay/things', 'ana', 'POST')).headers['x-ms-ratelimit-remaining-tenant-writes']).toBe('2');
    expect((await send('/assay/no/such')).status).toBe(404);
    expect((await send(subscription, 'ana', 'DELETE')).headers['x-ms-ratelimit-remaining-subscription-deletes']).toBe(
      '0',
    );
    expect((await send(subscription)).status).toBe(429);
    expect((await send(subscription, 'bob')).status).toBe(200);
  });

  it('counts neither unmetered routes nor requests without a caller', async () => {
    const { send } = await started();
    for (let n = 0; n < 5; n += 1) {
      expect((await send('/assay/gate')).status).toBe(200);
      expect((await send('/open')).status).toBe(200);
      expect((await send(subscription, '')).status).toBe(401);
    }
    const { headers } = await send('/assay/gate');
    expect(Object.keys(headers).filter((name) => name.startsWith('x-ms-ratelimit'))).toEqual([]);
    expect((await send(subscription)).headers['x-ms-ratelimit-remaining-subscription-reads']).toBe('2');
  });

  it('allows no more than the burst plus the refill since then, in any pattern of requests', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.integer({ min: 1, max: 50 }),
        fc.array(fc.integer({ min: 0, max: 2_000 }), { maxLength: 200 }),
        (perSecond, burst, pauses) => {
          let nowMs = 0;
          const rate = new Rate(perSecond, burst, () => nowMs);
          let passed = 0;
          for (const pause of pauses) {
            nowMs += pause;
            if (rate.take('ana').retryAfterSeconds === undefined) passed += 1;
            expect(passed).toBeLessThanOrEqual(burst + (nowMs / 1000) * perSecond + 1e-6);
          }
        },
      ),
    );
  });

  it('is kept for a bounded number of callers', () => {
    const rate = new Rate(1, 1, () => 0, 2);
    for (const caller of ['ana', 'bob', 'cem', 'ana']) expect(rate.take(caller).retryAfterSeconds).toBeUndefined();
    expect(rate.take('ana').retryAfterSeconds).toBe(1);
  });
});

it('the rate defaults to 50 requests a second and a burst of 200', () => {
  const passed = (env: Record<string, string>) => {
    const { perSecond, burst } = declaredRate.read(env);
    const rate = new Rate(perSecond, burst, () => 0);
    let n = 0;
    while (rate.take('ana').retryAfterSeconds === undefined) n += 1;
    return n;
  };
  expect(passed({})).toBe(200);
  expect(passed({ ASSAY_REQUESTS_BURST: '7' })).toBe(7);
  for (const [name, value] of [
    ['ASSAY_REQUESTS_PER_SECOND', '0'],
    ['ASSAY_REQUESTS_BURST', 'many'],
  ])
    expect(() => rateSettings.read({ [name!]: value! })).toThrow(name);
});
