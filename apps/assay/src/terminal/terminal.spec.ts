import { describe, expect, it } from 'vitest';
import { colorsOf } from './colors.ts';
import { table } from './table.ts';
import { Terminal } from './terminal.ts';

const sink = () => {
  const written: string[] = [];
  return {
    written,
    write: (text: string) => {
      written.push(text);
    },
  };
};

describe('a terminal', () => {
  it('writes results to stdout and everything else to stderr', () => {
    const [out, err] = [sink(), sink()];
    const terminal = new Terminal(out, err, {});
    terminal.progress('working');
    terminal.note('a word');
    terminal.json({ a: 1 });
    expect(out.written).toEqual(['{\n  "a": 1\n}\n']);
    expect(err.written).toEqual(['working\n', 'a word\n']);
  });

  it('limits repeated progress lines if it cannot redraw', () => {
    const err = sink();
    const terminal = new Terminal(sink(), err, {});
    for (const line of ['fetching Trivy: 1 of 84 MB', 'fetching Trivy: 2 of 84 MB', 'unpacking', 'unpacking'])
      terminal.progress(line);
    expect(err.written).toEqual(['fetching Trivy: 1 of 84 MB\n', 'unpacking\n']);
  });

  it('redraws nothing in a window of unknown width', () => {
    const err = { ...sink(), isTTY: true, columns: 0 };
    const terminal = new Terminal({ ...sink(), columns: 0 }, err, {});
    terminal.progress('working');
    expect([err.written, terminal.width]).toEqual([['working\n'], 80]);
  });

  it('neutralizes control characters of names, and changes no data for machines', () => {
    const out = sink();
    const terminal = new Terminal(out, sink(), { FORCE_COLOR: '1' });
    const hostile = 'lib\u001b]0;title\u0007\u001b[2J\u202egpj.exe\r';
    terminal.result(`${hostile} \u001b[31mred\u001b[39m \u001b[8mhidden`);
    expect(out.written[0]).toBe(
      'lib\ufffd]0;title\ufffd\ufffd[2J\ufffdgpj.exe\ufffd \ufffd[31mred\ufffd[39m \ufffd[8mhidden\n',
    );
    terminal.json({ hostile });
    // oxlint-disable-next-line no-control-regex -- that is the point
    expect(out.written[1]).not.toMatch(/[\u001b\u0007\u202e\r]/);
    expect(JSON.parse(out.written[1]!)).toEqual({ hostile });
  });

  it('has its own colors, in a table too, and no others', () => {
    const out = sink();
    const { colors, ...terminal } = {
      colors: colorsOf(true),
      result: (text: string) => {
        new Terminal(out, sink(), {}).result(text);
      },
    };
    terminal.result(`${colors.red('bad \u001b[32mgood')} ${colors.bold(`a ${colors.green('b')} c`)}`);
    expect(out.written[0]).toBe(
      '\u001b[31mbad \ufffd[32mgood\u001b[39m \u001b[1ma \u001b[32mb\u001b[39m c\u001b[22m\n',
    );
    terminal.result(
      table(
        [{ title: 'A' }, { title: 'B', grows: true }],
        [
          [colors.green('ok'), 'x\u001b[32my'],
          ['\u001b[31m', 'z'],
        ],
        60,
        colors.dim,
      ),
    );
    expect(out.written[1]).toBe(
      '\u001b[2mA\u001b[22m      \u001b[2mB\u001b[22m\n\u001b[32mok\u001b[39m     x\ufffd[32my\n\ufffd[31m  z\n',
    );
  });

  it('uses no color in a pipe', () => expect(new Terminal(sink(), sink(), {}).colors.red('x')).toBe('x'));
});
