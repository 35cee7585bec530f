import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { boards } from './files.ts';
import { dashboardSchema, vmuiSchema } from './grafana-schema.ts';

const root = resolve(import.meta.dirname, '../..');
const read = (path: string): unknown => JSON.parse(readFileSync(join(root, path), 'utf8'));

const ajv = new Ajv2020({ allErrors: true, strictTypes: false, strictRequired: false });
const dashboard = ajv.compile(dashboardSchema);
const vmui = ajv.compile(vmuiSchema);

interface Grafana {
  readonly uid: string;
  readonly panels: {
    readonly id: number;
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
    expr?: string;
  }[];
}
const boardOf = (name: string): Grafana => read(`ops/grafana/${name}.json`) as Grafana;

const names = boards.map(({ name }) => name);

describe('the boards', () => {
  it.each(names)('%s is a dashboard of Grafana 10', (name) => {
    dashboard(boardOf(name));
    expect(dashboard.errors ?? []).toEqual([]);
  });

  it.each(names)('%s has an id for each panel, and a place of its own', (name) => {
    const { panels, uid } = boardOf(name);
    expect(uid).toBe(`assay-${name}`);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(panels.filter(({ gridPos: { x, w } }) => x + w > 24)).toEqual([]);
  });

  it('are a page of VictoriaMetrics', () => {
    vmui(read('ops/vmui/assay.json'));
    expect(vmui.errors ?? []).toEqual([]);
  });

  it('have titles that differ within a board', () => {
    for (const { rows } of boards)
      for (const { panels } of rows) {
        const titles = panels.map(({ title }) => title);
        expect(titles.filter((title, index) => titles.indexOf(title) !== index)).toEqual([]);
      }
  });
});

describe('the schema refuses', () => {
  it.each([
    ['a panel without a query', (board: any) => (board.panels[1].targets = [])],
    ['another data source', (board: any) => (board.panels[1].datasource.uid = 'mine')],
    ['an unknown kind of panel', (board: any) => (board.panels[1].type = 'graph')],
    ['a panel beyond the grid', (board: any) => (board.panels[1].gridPos.x = 24)],
    ['traces of another data source', (board: any) => (board.panels.at(-1).targets[0].datasource.uid = 'mine')],
    ['an expression for traces', (board: any) => (board.panels.at(-1).targets[0].expr = 'up')],
    ['an unknown field', (board: any) => (board.panels[1].alert = {})],
  ])('%s', (_, spoil) => {
    const board = boardOf('promise');
    spoil(board);
    expect(dashboard(board)).toBe(false);
  });
});
