import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { scannerFor, scanners } from './scanners.ts';

describe('the scanners', () => {
  it('are all that have a folder', () => {
    const folders = readdirSync(import.meta.dirname, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && existsSync(join(import.meta.dirname, entry.name, 'registration.ts')))
      .map(({ name }) => name);
    expect(scanners.map(({ name }) => name).toSorted()).toEqual(folders.toSorted());
  });

  it('are chosen by the setting of their program, else the first is used', () => {
    const [first] = scanners;
    const other = { ...first, name: 'other', settings: { program: 'ASSAY_OTHER', database: 'ASSAY_OTHER_DB' } };
    expect(scannerFor({}, [first, other])).toBe(first);
    expect(scannerFor({ ASSAY_OTHER: '/other' }, [first, other])).toBe(other);
    expect(scannerFor({ ASSAY_OTHER: '' }, [first, other])).toBe(first);
  });
});
