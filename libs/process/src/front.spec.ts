import { connect, type AddressInfo } from 'node:net';
import { Body, Controller, Get, Module, Post } from '@nestjs/common';
import { afterEach, describe, expect, it } from 'vitest';
import { armApplication } from '@assay/http';
import type { Service } from '@assay/event-sourcing';
import { version } from './version.ts';
import { Front } from './front.ts';

@Controller()
class Greeting {
  @Get('greet')
  hello(): object {
    return { hello: true };
  }

  @Post('greet')
  answer(@Body() body: unknown): object {
    return { received: body };
  }
}
@Module({ controllers: [Greeting] })
class GreetingModule {}

const greeting = { name: 'greeting', routes: [/^\/greet$/] } as unknown as Service;

describe('the front of a process', () => {
  const fronts: Front[] = [];
  const answer = async (url: string) => {
    const response = await fetch(url);
    return [response.status, await response.json()] as const;
  };
  const listening = async (...of: ConstructorParameters<typeof Front>): Promise<{ front: Front; url: string }> => {
    const front = new Front(...of);
    fronts.push(front);
    return { front, url: await front.listen(0) };
  };
  const mounted = async (front: Front, ready?: () => Promise<string | undefined>): Promise<void> => {
    const app = await armApplication(GreetingModule);
    await app.init();
    await front.mount(greeting, { name: 'greeting', app, ...(ready ? { ready } : {}), close: () => app.close() });
    front.open();
  };
  afterEach(async () => {
    for (const front of fronts.splice(0)) await front.close();
  });

  it('gives every answer a request id, also those of the process itself', async () => {
    const { front, url } = await listening('run-1');
    const idsOf = async (path: string, init: RequestInit = {}) => {
      const { status, headers } = await fetch(`${url}${path}`, {
        headers: { 'x-ms-client-request-id': 'mine' },
        ...init,
      });
      return [
        status,
        /^[0-9a-f-]{36}$/.test(headers.get('x-ms-request-id') ?? ''),
        headers.get('x-ms-client-request-id'),
      ];
    };
    expect(await idsOf('/greet')).toEqual([503, true, 'mine']);
    await mounted(front);
    expect(await idsOf('/healthz')).toEqual([200, true, 'mine']);
    expect(await idsOf('/readyz', { method: 'POST', headers: { 'x-ms-client-request-id': 'mine' } })).toEqual([
      405,
      true,
      'mine',
    ]);
    expect(await idsOf('/no/such')).toEqual([404, true, 'mine']);
    expect(await idsOf('/greet')).toEqual([200, true, 'mine']);
  });

  it('is alive at once, and ready when its service is', async () => {
    const { front, url } = await listening('run-1');
    expect(await answer(`${url}/healthz`)).toEqual([200, { status: 'ok', id: 'run-1' }]);
    expect(await answer(`${url}/readyz`)).toEqual([503, { status: 'not ready', reasons: ['the process is starting'] }]);
    expect((await answer(`${url}/greet`))[0]).toBe(503);
    await mounted(front);
    expect(await answer(`${url}/readyz`)).toEqual([200, { status: 'ready' }]);
    expect(await answer(`${url}/greet`)).toEqual([200, { hello: true }]);
    expect((await answer(`${url}/nothing`))[0]).toBe(404);
  });

  it('shows the notes of its service with its readiness', async () => {
    const { front, url } = await listening('run-8');
    const app = await armApplication(GreetingModule);
    await app.init();
    await front.mount(greeting, { name: 'greeting', app, notes: () => ['in a low voice'], close: () => app.close() });
    front.open();
    expect(await answer(`${url}/readyz`)).toEqual([200, { status: 'ready', notes: ['greeting: in a low voice'] }]);
    expect(await answer(`${url}/readyz?verbose`)).toEqual([
      200,
      {
        status: 'ready',
        notes: ['greeting: in a low voice'],
        id: 'run-8',
        services: [{ name: 'greeting', instance: 'run-8', version, reasons: [], notes: ['in a low voice'] }],
      },
    ]);
    expect(await front.health()).toEqual([
      { name: 'greeting', instance: 'run-8', version, reasons: [], notes: ['in a low voice'] },
    ]);
  });

  it('shows the work before its service, unless that cannot be found out', async () => {
    const { front } = await listening('run-11');
    const app = await armApplication(GreetingModule);
    await app.init();
    const work = { lag: 7, outboxAgeSeconds: 0.5 };
    let figures = async () => work;
    await front.mount(greeting, { name: 'greeting', app, figures: () => figures(), close: () => app.close() });
    front.open();
    expect(await front.health()).toMatchObject([{ reasons: [], figures: work }]);
    figures = () => Promise.reject(new Error('the log is away'));
    const [health] = await front.health();
    expect(health).toMatchObject({ name: 'greeting', reasons: [] });
    expect(health).not.toHaveProperty('figures');
  });

  it('shows notes also where it is not ready', async () => {
    const { front, url } = await listening('run-10');
    const app = await armApplication(GreetingModule);
    await app.init();
    await front.mount(greeting, {
      name: 'greeting',
      app,
      ready: async () => 'it stands still',
      notes: () => ['see what stands still'],
      close: () => app.close(),
    });
    front.open();
    expect(await answer(`${url}/readyz`)).toEqual([
      503,
      {
        status: 'not ready',
        reasons: ['greeting: it stands still'],
        notes: ['greeting: see what stands still'],
      },
    ]);
  });

  it('is not alive where a service needs a restart', async () => {
    const { front, url } = await listening('run-9');
    const app = await armApplication(GreetingModule);
    await app.init();
    let trouble: string | undefined;
    await front.mount(greeting, { name: 'greeting', app, trouble: () => trouble, close: () => app.close() });
    front.open();
    expect(await answer(`${url}/healthz`)).toEqual([200, { status: 'ok', id: 'run-9' }]);
    trouble = 'lost its voice';
    expect(await answer(`${url}/healthz`)).toEqual([
      503,
      { status: 'broken', id: 'run-9', reasons: ['greeting: lost its voice'] },
    ]);
  });

  it('answers probes to GET and HEAD only', async () => {
    const { url } = await listening('run-7');
    const answers = await Promise.all(
      ['POST', 'DELETE', 'HEAD'].flatMap((method) =>
        ['healthz', 'readyz'].map((path) => fetch(`${url}/${path}`, { method })),
      ),
    );
    expect(answers.map(({ status, headers }) => [status, headers.get('allow')])).toEqual([
      [405, 'GET, HEAD'],
      [405, 'GET, HEAD'],
      [405, 'GET, HEAD'],
      [405, 'GET, HEAD'],
      [200, null],
      [503, null],
    ]);
  });

  it('sends a browser from / to the page of its service, and answers every other client as before', async () => {
    const { front, url } = await listening('run-1');
    const app = await armApplication(GreetingModule);
    await app.init();
    await front.mount({ ...greeting, home: '/greet/' } as Service, { name: 'greeting', app, close: () => app.close() });
    front.open();
    const ask = async (path: string, accept: string, method = 'GET') => {
      const { status, headers } = await fetch(`${url}${path}`, { headers: { accept }, method, redirect: 'manual' });
      return [status, headers.get('location')];
    };
    const browser = 'text/html,application/xhtml+xml,*/*;q=0.8';
    expect(await ask('/', browser)).toEqual([302, '/greet/']);
    expect(await ask('/', browser, 'HEAD')).toEqual([302, '/greet/']);
    expect(await ask('/', browser, 'POST')).toEqual([404, null]);
    expect(await ask('/', '*/*')).toEqual([404, null]);
    expect(await ask('/', 'application/json')).toEqual([404, null]);
    expect(await ask('/other', browser)).toEqual([404, null]);
    expect(await answer(`${url}/`)).toEqual([
      404,
      { error: { code: 'ResourceNotFound', message: 'Nothing answers GET /.', details: [] } },
    ]);
  });

  it('notifies its services that it stops, so that pending requests are answered at once', async () => {
    const { front } = await listening('run-4');
    const app = await armApplication(GreetingModule);
    await app.init();
    let isNotified = false;
    await front.mount(greeting, {
      name: 'greeting',
      app,
      ending: () => {
        isNotified = true;
      },
      close: () => app.close(),
    });
    await front.close();
    expect(isNotified).toBe(true);
  });

  it('reports what keeps it from being ready: its ports, its service, and a check that hangs', async () => {
    let reasons: readonly string[] = ['the store does not answer'];
    const { front, url } = await listening('run-2', async () => reasons);
    await mounted(front, async () => (reasons.length > 0 ? 'has not caught up' : undefined));
    expect(await answer(`${url}/readyz`)).toEqual([
      503,
      { status: 'not ready', reasons: ['the store does not answer', 'greeting: has not caught up'] },
    ]);
    reasons = [];
    expect((await answer(`${url}/readyz`))[0]).toBe(200);
    const { front: hanging, url: at } = await listening('run-3', () => new Promise(() => undefined));
    await mounted(hanging);
    expect(await answer(`${at}/readyz`)).toEqual([503, { status: 'not ready', reasons: ['no answer within 2 s'] }]);
  });

  it('accepts no connection once it is closed, and finishes the answer in progress', async () => {
    const [requested, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<readonly string[]>()];
    const { front, url } = await listening('run-4', () => {
      requested.resolve();
      return answered.promise;
    });
    await mounted(front);
    const underWay = answer(`${url}/readyz`);
    await requested.promise;
    const closed = front.close();
    answered.resolve([]);
    await closed;
    expect((await underWay)[0]).toBe(200);
    await expect(fetch(`${url}/healthz`)).rejects.toThrow('fetch failed');
  });

  describe('gives a slow client some seconds', () => {
    const times = { headersMs: 100, requestMs: 300, lingerMs: 100, checkMs: 20 };
    /** Returns the bytes received in answer to this text until the connection is closed. */
    const answered = (url: string, text: string): Promise<string> =>
      new Promise((resolve, reject) => {
        let received = '';
        const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(text));
        socket
          .on('data', (bytes) => {
            received += bytes.toString();
          })
          .on('close', () => resolve(received))
          .on('error', reject);
      });
    const json = 'POST /greet HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n';
    const late = {
      error: { code: 'RequestTimeout', message: 'The request did not arrive completely in time.', details: [] },
    };

    it.each([
      ['nothing', ''],
      ['half of the headers', 'POST /greet HTTP/1.1\r\nhost:'],
      ['half of a body', `${json}content-length: 10\r\n\r\n{"a"`],
      ['a part of a body in parts', `${json}transfer-encoding: chunked\r\n\r\n1\r\n{`],
    ])('408 to who sends %s', async (_, text) => {
      const { front, url } = await listening('run-10', undefined, undefined, undefined, times);
      await mounted(front);
      const [head, body] = (await answered(url, text)).split('\r\n\r\n');
      expect(head).toMatch(/^HTTP\/1.1 408 /);
      expect(JSON.parse(body!)).toEqual(late);
    });

    it('answers once when it refuses a request before the whole body is read', async () => {
      const { front, url } = await listening('run-11', undefined, undefined, undefined, times);
      await mounted(front);
      for (const path of ['/nothing', '/greet/nothing', '/healthz'])
        expect(
          (
            await answered(
              url,
              `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n{"a"`,
            )
          ).match(/HTTP\/1.1 4\d\d/g),
          path,
        ).toHaveLength(1);
    });

    it('keeps a connection whose request completed meanwhile and that sends another one', async () => {
      const lingerMs = 300;
      const { front, url } = await listening('run-12', undefined, undefined, undefined, { lingerMs });
      await mounted(front);
      const socket = connect(Number(new URL(url).port), '127.0.0.1');
      let received = '';
      let isClosed = false;
      socket
        .on('data', (bytes) => {
          received += bytes.toString();
        })
        .on('close', () => {
          isClosed = true;
        });
      socket.write('POST /nothing HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n01234');
      await expect.poll(() => received).toMatch(/^HTTP\/1.1 404 /);
      socket.write('56789');
      await new Promise((resolve) => setTimeout(resolve, 2 * lingerMs));
      socket.write('GET /greet HTTP/1.1\r\nhost: x\r\n\r\n');
      await expect.poll(() => isClosed || received.includes('{"hello":true}')).toBe(true);
      expect([isClosed, received.match(/HTTP\/1.1 \d+/g)]).toEqual([false, ['HTTP/1.1 404', 'HTTP/1.1 200']]);
      socket.destroy();
    });
  });

  it('reports that a port is taken', async () => {
    const { url } = await listening('run-5');
    const port = Number(new URL(url).port) as AddressInfo['port'];
    await expect(new Front('run-6').listen(port)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
