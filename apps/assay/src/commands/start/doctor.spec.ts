import { describe, expect, it } from 'vitest';
import { findSandbox, type WallCheck } from '@assay/sandbox-runner';
import { sandboxChecks } from '../../doctor/sandbox.ts';
import { colorsOf } from '../../terminal/colors.ts';
import { doctorText, wallText } from './doctor.ts';

const shell = { terminal: { colors: colorsOf(false), width: 80 } } as Parameters<typeof doctorText>[0];
const wall = (more: Partial<WallCheck>): WallCheck => ({
  wall: 'no-proc',
  name: 'no /proc',
  stops: 'reading processes',
  state: 'stands',
  found: 'finds no /proc',
  ...more,
});

describe("the doctor's walls", () => {
  it('are one line if they stand, and print remedies if not', () => {
    expect(wallText(shell, [wall({})])).toEqual(['ok no /proc - stops reading processes']);
    expect(wallText(shell, [wall({ state: 'missing', found: 'reads it', remedy: 'take it away' })])).toEqual([
      'no no /proc - stops reading processes',
      '     reads it',
      '     take it away',
    ]);
    expect(
      wallText(shell, [wall({ state: 'unknown' }), wall({ state: 'not-here' })])
        .filter((line) => !line.startsWith(' '))
        .map((line) => line.slice(0, 2)),
    ).toEqual(['??', '--']);
  });

  it('are omitted if there is no sandbox', () => {
    expect(
      doctorText(shell, {
        canScan: false,
        unwell: [],
        walls: [],
        checks: [{ name: 'sandbox', state: 'bad', found: 'none' }],
      }),
    ).not.toContain('Walls');
  });

  it('are not enough: a dead service is named', () => {
    const text = doctorText(shell, {
      canScan: true,
      unwell: ['classifier'],
      walls: [],
      checks: [{ name: 'services', state: 'bad', found: 'classifier is unreachable at http://127.0.0.1:1' }],
    });
    expect(text).toContain('no services  classifier is unreachable');
    expect(text).toContain('the suite does not work: classifier.');
    expect(text).not.toContain('A scan can run.');
  });

  it('come after the verdict, the problems and the checks without one', () => {
    const check = (name: string, state: 'good' | 'could-be-better' | 'bad') => ({ name, state, found: state });
    expect(
      doctorText(shell, {
        canScan: false,
        unwell: [],
        walls: [wall({ state: 'not-here', remedy: 'add it' }), wall({ state: 'not-here', remedy: 'add it' }), wall({})],
        checks: [check('node', 'good'), check('data', 'could-be-better'), check('redis', 'bad')],
      }).split('\n'),
    ).toEqual([
      'No scan can run on this machine as it is.',
      '',
      'no redis  bad',
      '!! data   could-be-better',
      '',
      'ok node   good',
      '',
      'Walls of the sandbox, each with the attack that it stops:',
      '  ok  it stands',
      '  --  this sandbox does without it',
      'ok no /proc - stops reading processes',
      '-- no /proc - would stop reading processes',
      '     finds no /proc',
      '-- no /proc - would stop reading processes',
      '     finds no /proc',
      '     add it',
    ]);
  });

  it('are all found on a machine with a sandbox', async () => {
    const { driver } = await findSandbox(process.env);
    const { check, walls, sandbox } = await sandboxChecks(process.env);
    expect(sandbox?.driver).toBe(driver);
    expect(check).toMatchObject({ state: 'good', details: { driver } });
    expect(walls.length).toBeGreaterThan(30);
    expect(walls.filter(({ state }) => state === 'missing')).toEqual([]);
  });

  it('explain why there is no sandbox', async () => {
    expect(await sandboxChecks({ ...process.env, ASSAY_SANDBOX_DRIVER: 'none' })).toMatchObject({
      walls: [],
      check: { state: 'bad', found: expect.stringContaining('no such driver') as string },
    });
  });
});
