import { describe, expect, it } from 'vitest';
import { derived, flag, group, list, optionalNumber, setting, text, wholeNumber } from './setting.ts';

const about = { task: 'Start a service', summary: 'One.' } as const;

describe('a setting', () => {
  it('takes its default if it is unset or empty', () => {
    const settings = group({
      text: text('T', about),
      list: list('L', about),
      flag: flag('F', about),
      number: wholeNumber('N', 7, about),
      optional: optionalNumber('O', about),
    });
    const defaults = { text: undefined, list: [], flag: false, number: 7, optional: undefined };
    expect([settings.read({}), settings.read({ T: '', L: '', F: '', N: '', O: '' })]).toEqual([defaults, defaults]);
    expect(settings.read({ T: ' t', L: ' a, ,b ', F: 'true', N: '1', O: '2' })).toEqual({
      text: ' t',
      list: ['a', 'b'],
      flag: true,
      number: 1,
      optional: 2,
    });
  });

  it.each([
    [flag('F', about), { F: 'yes' }, "F must be true or false, not 'yes'"],
    [wholeNumber('N', 7, { ...about, max: 9 }), { N: '10' }, "N must be a whole number from 1 to 9, not '10'"],
    [wholeNumber('N', 7, { ...about, max: 9, min: 0 }), { N: '-1' }, "N must be a whole number from 0 to 9, not '-1'"],
    [optionalNumber('N', { ...about, max: 9 }), { N: '1.5' }, "N must be a whole number from 1 to 9, not '1.5'"],
  ])('refuses an invalid value and names itself (%#)', (invalid, env, message) => {
    expect(() => invalid.read(env)).toThrow(message);
    expect(() => invalid.read(env)).toThrow(expect.objectContaining({ code: 'configuration' }) as Error);
  });

  it('shows the default that it takes', () => {
    expect(wholeNumber('N', 7, about).declarations).toEqual([{ name: 'N', default: '`7`', ...about }]);
    expect(flag('F', about).declarations).toEqual([{ name: 'F', default: '`false`', ...about }]);
  });
});

describe('a group of settings', () => {
  const pair = derived(group({ one: text('ONE', about), two: text('TWO', about) }), ({ one, two }) => `${one} ${two}`);

  it('declares its members, and checks them together', () => {
    expect(
      group({ pair, three: setting('THREE', about, (given) => given) }).declarations.map(({ name }) => name),
    ).toEqual(['ONE', 'TWO', 'THREE']);
    expect(group({ pair }).read({ ONE: '1', TWO: '2' })).toEqual({ pair: '1 2' });
  });
});
