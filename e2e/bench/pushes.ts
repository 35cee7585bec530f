import { createHash } from 'node:crypto';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pushLayout } from '@assay/local-registry';
import { startTelemetry } from '@assay/telemetry';
import { DataFolder } from '../../apps/assay/dist/suite/data.js';
import { localRegistry } from '../../apps/assay/dist/suite/local.js';
import { Suite } from '../../apps/assay/dist/suite/suite.js';
import { home, images, median, quantile, say, temporary, type Row } from './setting.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

interface Manifest { config: { digest: string; size: number } }

/** The same image under another digest: its config says a number. Layers stay, so nothing is downloaded twice. */
const variant = (of: string, number: number): string => {
  const layout = join(temporary('variant'), 'layout');
  cpSync(join(images, of), layout, { recursive: true });
  const blob = (digest: string): string => join(layout, 'blobs/sha256', digest.replace('sha256:', ''));
  const put = (value: object): { digest: string; size: number } => {
    const text = JSON.stringify(value);
    writeFileSync(blob(sha256(text)), text);
    return { digest: `sha256:${sha256(text)}`, size: Buffer.byteLength(text) };
  };
  const index = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8')) as { manifests: { digest: string; size: number }[] };
  const manifest = JSON.parse(readFileSync(blob(index.manifests[0]!.digest), 'utf8')) as Manifest;
  const config = JSON.parse(readFileSync(blob(manifest.config.digest), 'utf8')) as { author?: string };
  Object.assign(manifest.config, put({ ...config, author: `bench ${number}` }));
  Object.assign(index.manifests[0]!, put(manifest));
  writeFileSync(join(layout, 'index.json'), JSON.stringify(index));
  return layout;
};

interface Told { placements?: { repository: string; status: string; pushToRecommendationMs?: number; scanMs?: number }[] }

/** Pushes real images one after the other, and takes from the events what Assay itself added to the scanner's time. */
export const measurePushes = async (count: number): Promise<Row[]> => {
  const suite = await Suite.start({
    data: new DataFolder(temporary('pushes')), home, env: process.env, port: 0, registries: [localRegistry(0)], telemetry: await startTelemetry({ version: 'bench', env: {} }), progress: say,
    failed: (service, what, error) => say(`${service}: ${what}: ${String(error)}`),
  });
  const { url, token, registries } = suite.endpoint;
  const settled = async (layout: string, repository: string, tag: string): Promise<{ pushToRecommendationMs: number; scanMs: number }> => {
    const { digest } = await pushLayout(layout, { registry: registries[0]!.loginServer, repository, tag, plainHttp: true });
    for (;;) {
      const told = await (await fetch(`${url}/assay/images/${encodeURIComponent(digest)}`, { headers: { authorization: `Bearer ${token}` } })).json() as Told;
      const placement = told.placements?.find((each) => each.repository === repository);
      if (placement && !['queued', 'scanning'].includes(placement.status)) return { pushToRecommendationMs: placement.pushToRecommendationMs!, scanMs: placement.scanMs ?? 0 };
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  const rows: Row[] = [];
  try {
    for (const [of, findings, target] of [['debian-13.8', 0, 30], ['alpine-3.20.3', 56, 30], ['nginx-1.23.3', 366, undefined]] as const) {
      const layouts = Array.from({ length: count + 3 }, (_, number) => variant(of, number));
      const overheads: number[] = [];
      for (const [number, layout] of layouts.entries()) {
        const { pushToRecommendationMs, scanMs } = await settled(layout, of.toLowerCase(), `v${number}`);
        if (number >= 3) overheads.push(pushToRecommendationMs - scanMs);
      }
      const what = `push to recommendation minus the scanner, ${of} (${findings} findings)`;
      rows.push({ what: `${what}, p50`, measured: median(overheads), unit: 'ms', ...(target ? { target } : {}) }, { what: `${what}, p99`, measured: quantile(overheads, 0.99), unit: 'ms', ...(target ? { target: 200 } : {}) });
    }
    const joined: number[] = [];
    for (let number = 0; number < count; number += 1) {
      const before = performance.now();
      await settled(join(images, 'alpine-3.20.3'), `again${number}`, 'v1');
      if (number > 0) joined.push(performance.now() - before);
    }
    rows.push({ what: 'push of a digest that is known, until its status can be read, p50', measured: median(joined), unit: 'ms', note: 'no scan, no download' });
  } finally {
    await suite.close();
  }
  return rows;
};
