import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../tools/services/ports.ts';

export const registryNames = ['shop', 'platform', 'research'] as const;
export type PastRegistryName = (typeof registryNames)[number];

/** The record that a folder keeps of its past, so that it can be opened again. */
export interface PastRecord {
  readonly seed: number;
  /** The midnight from which days are counted, ISO 8601. */
  readonly today: string;
  /** The end of the past, on that day, ISO 8601. */
  readonly end: string;
  /** Ports of the registries: they are part of the names of images. */
  readonly ports: Readonly<Record<PastRegistryName, number>>;
}

const recordIn = (folder: string): string => join(folder, 'past.json');

/** @throws Error if no past was made in the folder */
export const readRecord = (folder: string): PastRecord => {
  try {
    return JSON.parse(readFileSync(recordIn(folder), 'utf8')) as PastRecord;
  } catch (error) {
    throw new Error(`${folder} holds no past: make one with \`npx node e2e/past/main.ts ${folder}\``, { cause: error });
  }
};

export const writeRecord = (folder: string, record: PastRecord): void => {
  writeFileSync(recordIn(folder), `${JSON.stringify(record, null, 2)}\n`);
};

export const freePorts = async (): Promise<PastRecord['ports']> => ({
  shop: await freePort(),
  platform: await freePort(),
  research: await freePort(),
});
