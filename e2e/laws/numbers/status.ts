import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { assay } from '../../../apps/assay/src/program.ts';
import { Terminal } from '../../../apps/assay/src/terminal/terminal.ts';

/** The answer of `assay status --json`, from a running app. */
export const statusOf = async (app: NestFastifyApplication): Promise<object> => {
  await app.listen(0, '127.0.0.1');
  const out: string[] = [];
  const sink = (written: string[]) => ({ write: (text: string) => void written.push(text) });
  const env = { ASSAY_URL: await app.getUrl(), ASSAY_API_TOKEN: 'any' };
  await assay({ env, directory: '/', terminal: new Terminal(sink(out), sink([]), {}) }).parseAsync(
    ['status', '--json'],
    { from: 'user' },
  );
  return JSON.parse(out.join('')) as object;
};
