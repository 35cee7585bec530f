import { createHash } from 'node:crypto';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const read = (file: string): object => JSON.parse(readFileSync(file, 'utf8')) as object;

/** Makes a layout of the same image under another digest: its config contains a number, its layers stay. */
export const variant = (of: string, layout: string, number: number): string => {
  cpSync(of, layout, { recursive: true });
  const blob = (digest: string): string => join(layout, 'blobs/sha256', digest.replace('sha256:', ''));
  const put = (value: object): { digest: string; size: number } => {
    const text = JSON.stringify(value);
    writeFileSync(blob(sha256(text)), text);
    return { digest: `sha256:${sha256(text)}`, size: Buffer.byteLength(text) };
  };
  const index = read(join(layout, 'index.json')) as { manifests: { digest: string }[] };
  const manifest = read(blob(index.manifests[0]!.digest)) as { config: { digest: string } };
  Object.assign(manifest.config, put({ ...read(blob(manifest.config.digest)), author: `variant ${number}` }));
  Object.assign(index.manifests[0]!, put(manifest));
  writeFileSync(join(layout, 'index.json'), JSON.stringify(index));
  return layout;
};
