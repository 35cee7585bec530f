import { parentPort, workerData } from 'node:worker_threads';
import type { Catalogue } from './catalogue.ts';
import { KustoError } from './errors.ts';
import { translate, type Options } from './translate.ts';
import type { Answer } from './translator.ts';

const catalogue = workerData as Catalogue;

const answer = ({ text, options }: { readonly text: string; readonly options: Options }): Answer => {
  try {
    return { translation: translate(text, catalogue, options) };
  } catch (error) {
    if (!(error instanceof KustoError)) return { fault: error instanceof Error ? error.stack ?? error.message : String(error) };
    const { code, message, position, expectedToken } = error;
    return { error: { code, message, ...(position ? { position } : {}), ...(expectedToken === undefined ? {} : { expectedToken }) } };
  }
};

// The first translation loads the parser, and the next ones find its code compiled.
for (const table of catalogue.tables) answer({ text: `${table.name} | where type == 'a' | extend a = tostring(properties.a) | summarize count() by a | order by count_ desc`, options: { now: 0n, page: { limit: 1, offset: 0, mostBytes: 1 } } });
parentPort!.on('message', (message: { readonly text: string; readonly options: Options }) => { parentPort!.postMessage(answer(message)); });
parentPort!.postMessage('loaded');
