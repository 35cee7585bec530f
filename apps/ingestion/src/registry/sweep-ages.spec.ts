import { describe, expect, it } from 'vitest';
import { SweepAges } from './sweep-ages.ts';

const ages = () => {
  const clock = { now: 1_000_000 };
  const of = new SweepAges(() => clock.now);
  return {
    clock,
    swept: (name: string) => of.swept(name),
    seconds: (...own: { name: string; failingSince?: number }[]) => of.of(own).map(({ seconds }) => seconds),
  };
};

describe('the age of a sweep', () => {
  it('is the time since the last whole one', () => {
    const { clock, swept, seconds } = ages();
    swept('one');
    clock.now += 5_000;
    swept('two');
    clock.now += 2_000;
    expect(seconds({ name: 'one' }, { name: 'two' })).toEqual([7, 2]);
    swept('one');
    expect(seconds({ name: 'one' })).toEqual([0]);
  });

  it('grows from the first look on if none was whole yet', () => {
    const { clock, seconds } = ages();
    expect(seconds({ name: 'one' })).toEqual([0]);
    clock.now += 3_000;
    expect(seconds({ name: 'one' })).toEqual([3]);
  });

  it('counts the failures of before a restart', () => {
    const { clock, swept, seconds } = ages();
    const failing = { name: 'one', failingSince: clock.now - 60_000 };
    expect(seconds(failing)).toEqual([60]);
    clock.now += 1_000;
    expect(seconds(failing)).toEqual([61]);
    swept('one');
    expect(seconds(failing)).toEqual([0]);
  });

  it('begins again if another instance swept the registry meanwhile', () => {
    const { clock, swept, seconds } = ages();
    swept('one');
    expect(seconds()).toEqual([]);
    clock.now += 60_000;
    expect(seconds({ name: 'one' })).toEqual([0]);
  });
});
