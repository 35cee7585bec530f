import { flushCompileCache } from 'node:module';
import { Worker } from 'node:worker_threads';
import type { Catalogue } from './catalogue.ts';
import { KustoError } from './errors.ts';
import { translate, type TranslateOptions } from './translate.ts';
import type { TranslatorReply, TranslationRequest } from './translator.ts';

const answer = (catalogue: Catalogue, text: string, options: TranslateOptions): TranslatorReply => {
  try {
    return { translation: translate(text, catalogue, options) };
  } catch (error) {
    if (!(error instanceof KustoError))
      return { fault: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    const { code, message, position, expectedToken } = error;
    return {
      error: {
        code,
        message,
        ...(position ? { position } : {}),
        ...(expectedToken === undefined ? {} : { expectedToken }),
      },
    };
  }
};

/** The first translation loads the parser, and compiles it for the following ones. */
const load = (catalogue: Catalogue): void => {
  for (const table of catalogue.tables)
    answer(
      catalogue,
      `${table.name} | where type == 'a' | extend a = tostring(properties.a) ` +
        '| summarize count() by a | order by count_ desc',
      { now: 0n, page: { limit: 1, offset: 0, mostBytes: 1 } },
    );
};

/**
 * Process id of the owner. A process that hangs in a query does not notice the end of its owner, so a thread polls for
 * it.
 */
const owner = Number(process.argv[2]);
new Worker(`setInterval(() => { if (process.ppid !== ${owner}) process.kill(process.pid, 'SIGKILL'); }, 500);`, {
  eval: true,
  resourceLimits: { maxOldGenerationSizeMb: 16 },
}).unref();

// A signal to the whole process group (Ctrl+C) is left to the owner, which may have queries to finish.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.on('disconnect', () => {
  process.exit();
});

let known: Catalogue | undefined;
process.on('message', (message: Catalogue | TranslationRequest) => {
  if (!('text' in message)) {
    known = message;
    load(known);
    process.send?.('loaded');
    // If Node caches compiled code, it does so when a process ends by itself, and this one is killed.
    flushCompileCache();
  } else process.send?.(known ? answer(known, message.text, message.options) : { fault: 'no catalogue was sent' });
});
