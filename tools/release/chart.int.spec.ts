import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { helm, rendered, valuesOf } from '../deploy/rendered.ts';
import { epoch } from './bundle.ts';
import { packChart } from './chart.ts';

it('the packed chart renders as the folder does, boards included, and has no time but that of the commit', () => {
  const [one, other] = [mkdtempSync(join(tmpdir(), 'assay-chart-')), mkdtempSync(join(tmpdir(), 'assay-chart-'))];
  try {
    const archive = packChart(one);
    const place = ['template', 'assay', archive, '--namespace', 'assay', ...valuesOf('laptop')];
    expect(helm(...place, '--set', 'boards.enabled=true')).toBe(rendered('laptop', ['boards.enabled=true']));
    const listed = execFileSync('tar', ['--utc', '--full-time', '-tzvf', archive], { encoding: 'utf8' });
    const times = listed.match(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g)!;
    const time = new Date(Number(epoch()) * 1000).toISOString().slice(0, 19).replace('T', ' ');
    expect(new Set(times)).toEqual(new Set([time]));
    expect(readFileSync(packChart(other)).equals(readFileSync(archive))).toBe(true);
  } finally {
    for (const folder of [one, other]) rmSync(folder, { recursive: true });
  }
});
