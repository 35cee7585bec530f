import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KeptEntry, LayerSummary, PackageList, WitnessLine, WitnessTask } from './answer.ts';
import { answerFor } from './image.ts';
import { readLayer, type HeldDatabase } from './layer.ts';
import { sqliteList } from './rpm-lists.ts';

/**
 * Reads the layers of a task that have no summary yet, prints their summaries, and then the answer for the image.
 *
 * Databases of SQLite are counted after all other layers are printed: SQLite is not memory-safe, and a database that
 * takes over the process must not write the summary of another layer.
 *
 * @throws SystemError if a file of the input cannot be read
 */
export const readImage = async (
  { layers }: WitnessTask,
  input: string,
  print: (line: WitnessLine) => void,
): Promise<void> => {
  const summaries = new Map<string, LayerSummary>();
  const waiting: { digest: string; summary: LayerSummary; held: readonly HeldDatabase[] }[] = [];
  for (const layer of layers) {
    const { digest } = layer;
    if (summaries.has(digest)) continue;
    if ('summary' in layer) {
      summaries.set(digest, JSON.parse(readFileSync(join(input, layer.summary), 'utf8')) as LayerSummary);
      continue;
    }
    const { summary, held } = await readLayer(join(input, layer.blob));
    summaries.set(digest, summary);
    if (held.length > 0) waiting.push({ digest, summary, held });
    else print({ layer: digest, summary });
  }
  for (const { digest, summary, held } of waiting) {
    const counted = withCounts(summary, held);
    summaries.set(digest, counted);
    print({ layer: digest, summary: counted });
  }
  const ordered = layers.map(({ digest }) => summaries.get(digest) as LayerSummary);
  print({ image: answerFor(ordered), diffIds: ordered.map(({ diffId }) => diffId) });
};

const withCounts = (summary: LayerSummary, held: readonly HeldDatabase[]): LayerSummary => {
  const lists = new Map(held.map(({ path, bytes }): [string, PackageList] => [path, sqliteList(bytes)]));
  const kept = summary.kept.map((entry): KeptEntry => {
    const list = entry.is === 'file' && entry.list ? lists.get(entry.path) : undefined;
    return entry.is === 'file' && list ? { ...entry, list } : entry;
  });
  return { ...summary, kept };
};
