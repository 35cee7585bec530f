import { readdirSync } from 'node:fs';
import { CommanderError, type Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { assay } from './program.ts';
import type { Shell } from './shell.ts';
import { helpOf } from './terminal/usage.ts';
import { Terminal } from './terminal/terminal.ts';

const shellInto = (written: string[]): Shell => {
  const sink = {
    write: (text: string) => {
      written.push(text);
    },
  };
  return { env: {}, directory: '/nowhere', terminal: new Terminal(sink, sink, {}) };
};
const called = async (...args: readonly string[]): Promise<{ readonly text: string; readonly error: unknown }> => {
  const written: string[] = [];
  const error: unknown = await assay(shellInto(written))
    .parseAsync(args, { from: 'user' })
    .then(
      () => undefined,
      (one: unknown) => one,
    );
  return { text: written.join(''), error };
};
const leaves = (command: Command): readonly Command[] =>
  command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
const pathOf = (command: Command): string[] =>
  command.parent?.parent ? [...pathOf(command.parent), command.name()] : [command.name()];

describe('the command line', () => {
  it('has every documented command', () => {
    expect(
      Object.fromEntries(
        [...Map.groupBy(assay(shellInto([])).commands, (command) => command.helpGroup())].map(([group, commands]) => [
          group,
          commands.map((command) => command.name()),
        ]),
      ),
    ).toEqual({
      'Start:': ['demo', 'up', 'push', 'doctor'],
      'Images:': ['status', 'search', 'fixes', 'diff', 'tags', 'gate', 'why', 'timeline', 'query'],
      'Rules and plans:': ['rules', 'plans'],
      'Billing:': ['charges', 'billing', 'export'],
      'Scanner and databases:': ['scanner', 'recall', 'database'],
      'Operation:': [
        'parked',
        'redrive',
        'drop',
        'halted',
        'resume',
        'rebuild',
        'blobs',
        'verify',
        'running',
        'sweep',
        'registries',
        'discovery',
      ],
    });
  });

  it('prints its commands in groups, each with a folder of that name', async () => {
    const { text } = await called('--help');
    const printed = [...text.slice(0, text.indexOf('Begin with')).matchAll(/^(\w[\w ]*):$/gm)].map(
      ([, group]) => group!,
    );
    expect(printed.slice(0, 2)).toEqual(['Options', 'Start']);
    expect(text).not.toContain('Commands:');
    expect((await called('billing', '--help')).text).toMatch(/Commands:[^]*help \[command\]/);
    const folders = readdirSync(new URL('commands/', import.meta.url), { withFileTypes: true });
    expect(folders.filter((each) => each.isDirectory()).map(({ name }) => name)).toEqual(
      printed
        .slice(1)
        .map((group) => group.toLowerCase().replaceAll(' ', '-'))
        .sort(),
    );
  });

  it.each(leaves(assay(shellInto([]))).map(pathOf))(
    'explains `%s %s`, in 80 columns, and offers JSON',
    async (...path) => {
      const { text, error } = await called(...path.filter(Boolean), '--help');
      expect(error).toMatchObject({ exitCode: 0 });
      expect(text).toContain('--json');
      expect(text).toMatch(/Examples|Exit/);
      expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
    },
  );

  it('refers to the help of a subcommand and marks required options', async () => {
    const program = assay(shellInto([]));
    expect(
      ['rules set a', 'rules', 'drop --why', 'nonsense', ''].map((args) => helpOf(program, args.split(' '))),
    ).toEqual(['assay rules set --help', 'assay rules --help', 'assay drop --help', 'assay --help', 'assay --help']);
    expect((await called('rules', 'set', '--help')).text.replaceAll(/\s+/g, ' ')).toContain(
      'resource group or registry (required)',
    );
    expect((await called('status', '--help')).text).not.toContain('(required)');
  });

  it('prints its exit codes', async () => expect((await called('--help')).text).toContain('no suite answers'));

  it.each([
    ['pus'],
    ['up', '--port', '70000'],
    ['up', '--port', 'x'],
    ['push'],
    ['push', 'a', 'b'],
    ['export', '--period', '2026-13'],
    ['export', '--format', 'pdf'],
    ['charges', '--period', '2026-13'],
    ['export', '--profile', 'focus-2'],
    ['billing', 'close', '2026-11'],
    ['billing', 'close', '2026-13', '--why', 'x'],
    ['billing', 'correct', 'x'],
    ['billing', 'correct', 'x', '--why', 'y', '--amount', '0,10'],
    ['status', '--fail-on', 'sad'],
    ['status', '--status', 'sad'],
    ['status', '--top', '0'],
    ['fixes', '--severity', 'bad'],
    ['status', 'x', '--format', 'pdf'],
    ['status', 'x', '--format', 'sarif', '--json'],
    ['diff', 'nginx:1'],
    ['gate'],
    ['gate', 'nginx:1.23.3'],
    ['gate', 'sha256:12'],
    ['gate', `sha256:${'1'.repeat(64)}`, '--max-severity', 'worst'],
    ['gate', `sha256:${'1'.repeat(64)}`, '--wait', 'long'],
    ['scanner', 'install', '--from', 'npm'],
    ['rebuild'],
    ['demo', '--nonsense'],
    ['parked', 'not/a/target'],
    ['redrive', 'classifier/scan.completed/3/17'],
    ['redrive', 'x', '--why', 'y'],
    ['drop', '--why', 'y'],
    ['drop', 'classifier/scan.completed/3/17', '--why', ''],
    ['rules', 'set', 'a', '--why', 'b'],
    ['rules', 'set', 'a', '--scope', 'b', '--why', 'c', '--cvss-below', '11'],
    ['rules', 'set', 'a', '--scope', 'b', '--why', 'c', '--expires', '2001-01-01'],
    ['rules', 'remove', 'a', '--scope', 'b'],
    ['recall', '--why', 'x'],
    ['recall', '--scanner', 'trivy', '--why', 'x'],
  ])('refuses `%s %s %s`', async (...args) => {
    const { error } = await called(...args.filter(Boolean));
    expect(error).toBeInstanceOf(CommanderError);
    expect((error as CommanderError).exitCode).not.toBe(0);
  });

  it('explains that there is no data yet', async () => {
    expect((await called('status')).error).toMatchObject({
      reason: 'no-suite',
      remedy: expect.stringContaining('assay demo') as string,
    });
    expect((await called('parked')).error).toMatchObject({ reason: 'no-suite' });
    expect((await called('why', 'nginx:1')).error).toMatchObject({
      reason: 'no-suite',
      remedy: expect.stringContaining('assay up') as string,
    });
    expect((await called('redrive', '--all', '--why', 'x')).error).toMatchObject({
      reason: 'no-suite',
      remedy: expect.stringContaining('assay up') as string,
    });
    expect((await called('redrive', '--why', 'x')).error).toMatchObject({ reason: 'usage' });
    expect((await called('rules', 'set', 'a', '--scope', 'b', '--why', 'c')).error).toMatchObject({
      reason: 'usage',
      remedy: expect.stringContaining('--vulnerability') as string,
    });
    expect((await called('rebuild', 'billing')).error).toMatchObject({ reason: 'no-suite' });
    expect((await called('rebuild', 'bling')).error).toMatchObject({ reason: 'not-found' });
  });

  it('asks the suite of ASSAY_URL, unless the command names a data folder', async () => {
    const sink = { write: () => undefined };
    const ask = (...args: string[]) =>
      assay({
        env: { ASSAY_URL: 'ftp://elsewhere' },
        directory: '/nowhere',
        terminal: new Terminal(sink, sink, {}),
      }).parseAsync(args, { from: 'user' });
    await expect(ask('status')).rejects.toThrow('ASSAY_URL ftp://elsewhere is not a web address');
    for (const args of [
      ['status'],
      ['export'],
      ['drop', 'classifier/scan.completed/3/17', '--why', 'x'],
      ['push', 'x'],
    ])
      await expect(ask(...args, '--data', 'data')).rejects.not.toThrow('ASSAY_URL');
  });
});
