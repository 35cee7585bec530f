import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { assay } from '../src/program.ts';
import { Terminal } from '../src/terminal/terminal.ts';

/** One request of a command. */
export interface FakeRequest {
  readonly method: string;
  readonly url: string;
  readonly body?: unknown;
}

/** An answer of the API by the path of a request; 404 where there is none. */
export type FakeAnswers = Readonly<
  Record<string, object | ((asked: FakeRequest) => readonly [status: number, body: object])>
>;

/** Output and requests of a command. */
export interface CommandRun {
  readonly out: string;
  readonly notes: string;
  readonly asked: readonly FakeRequest[];
  readonly error?: unknown;
}

const sinkInto = (written: string[]) => ({
  write: (text: string) => {
    written.push(text);
  },
});

/** Runs a command against an API with fixed answers. */
export const run = async (answers: FakeAnswers, ...args: readonly string[]): Promise<CommandRun> => {
  const asked: FakeRequest[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (more: Buffer) => {
      text += more.toString();
    });
    request.on('end', () => {
      const { method = '', url = '' } = request;
      const one: FakeRequest = { method, url, ...(text === '' ? {} : { body: JSON.parse(text) as unknown }) };
      asked.push(one);
      const answer = answers[url.split('?')[0] ?? ''];
      const [status, body] =
        answer === undefined
          ? [404, { error: { code: 'ResourceNotFound', message: `There is nothing at ${url}.` } }]
          : typeof answer === 'function'
            ? (answer as (asked: FakeRequest) => readonly [number, object])(one)
            : [200, answer];
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const [out, notes]: [string[], string[]] = [[], []];
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const error: unknown = await assay({
      env: { ASSAY_URL: url, ASSAY_API_TOKEN: 't' },
      directory: '/',
      terminal: new Terminal(sinkInto(out), sinkInto(notes), {}),
    })
      .parseAsync([...args], { from: 'user' })
      .then(
        () => undefined,
        (failure: unknown) => failure,
      );
    return { out: out.join(''), notes: notes.join(''), asked, ...(error === undefined ? {} : { error }) };
  } finally {
    server.close();
    server.closeAllConnections();
  }
};
