import { Controller, Get, Module } from '@nestjs/common';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { armApplication } from '../application.ts';
import { parseScope, type Scope } from '@assay/arm';
import { Caller, type Grant, type Reach } from './caller.ts';
import { Needs } from './needs.ts';
import { operations } from './roles.ts';

const subscription = (n: number): string => `/subscriptions/00000000-0000-0000-0000-00000000000${n}`;
const scopes: readonly Reach[] = [
  'everything',
  ...[1, 2]
    .flatMap((n) => [
      subscription(n),
      ...['one', 'ONE', 'one-more'].flatMap((group) => [
        `${subscription(n)}/resourceGroups/${group}`,
        ...['a', 'ab'].map(
          (registry) =>
            `${subscription(n)}/resourceGroups/${group}/providers/Microsoft.ContainerRegistry/registries/${registry}`,
        ),
      ]),
    ])
    .map((text): Scope => parseScope(text)!),
];
const aScope = fc.constantFrom(...scopes);
const grants: fc.Arbitrary<readonly Grant[]> = fc.array(
  fc.record({ may: fc.subarray([...operations], { minLength: 1 }), scope: aScope }),
  { maxLength: 6 },
);

describe('a caller', () => {
  it('may read exactly what its minimal list of scopes covers', () =>
    fc.assert(
      fc.property(grants, fc.constantFrom(...operations), aScope, (given, operation, where) => {
        const caller = new Caller('ana', 'here', given);
        const found = caller.scopesOf(operation);
        const listed: readonly Reach[] = found === 'everything' ? [found] : found;
        const within = (outer: Reach): boolean =>
          new Caller('x', 'y', [{ may: [operation], scope: outer }]).may(operation, where);
        expect(caller.may(operation, where)).toBe(listed.some(within));
        for (const one of listed)
          expect(
            listed.filter((other) => new Caller('x', 'y', [{ may: [operation], scope: one }]).may(operation, other)),
          ).toEqual([one]);
      }),
    ));

  it('knows a scope where it may do anything in it, in part of it, or above it', () =>
    fc.assert(
      fc.property(grants, aScope, (given, where) => {
        const caller = new Caller('ana', 'here', given);
        expect(caller.knows(where)).toBe(
          given.some(({ scope }) =>
            new Caller('x', 'y', [{ may: operations, scope }]).maySomewhere('findings/read', where),
          ),
        );
        if (operations.some((operation) => caller.may(operation, where))) expect(caller.knows(where)).toBe(true);
      }),
    ));

  it("has no access to a neighbour whose name starts with its own scope's", () => {
    const [a, ab] = ['a', 'ab'].map((name) =>
      parseScope(`${subscription(1)}/resourceGroups/one/providers/Microsoft.ContainerRegistry/registries/${name}`)!,
    );
    const caller = new Caller('ana', 'here', [{ may: ['findings/read'], scope: a! }]);
    expect([caller.may('findings/read', a!), caller.may('findings/read', ab!), caller.knows(ab!)]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('is named in the audit trail by plain text of a bounded length', () => {
    expect(new Caller('ana\n\u001b[31mroot\u202e', 'https://issuer.test', []).name).toBe(
      'ana[31mroot (https://issuer.test)',
    );
    expect(new Caller('a'.repeat(10_000), 'here', []).name).toHaveLength(256 + ' (here)'.length);
  });
});

describe('a route', () => {
  @Controller()
  class Routes {
    @Get('assay/forgotten') forgotten(): object {
      return { secret: true };
    }
    @Get('elsewhere/guarded') @Needs('findings/read') elsewhere(): object {
      return { secret: true };
    }
    @Get('elsewhere/open') open(): object {
      return {};
    }
  }
  @Module({ controllers: [Routes] })
  class RoutesModule {}

  it.each([
    ['that forgot to say what it needs is closed', '/assay/forgotten', 500],
    ['whose caller was never asked who he is, too', '/elsewhere/guarded', 500],
    ['of neither kind is open', '/elsewhere/open', 200],
  ])('%s', async (_, url, status) => {
    const app = await armApplication(RoutesModule);
    onTestFinished(() => app.close());
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
    const answer = await app.inject({ method: 'GET', url });
    expect(answer.statusCode).toBe(status);
    expect(answer.body).not.toContain('secret');
  });
});
