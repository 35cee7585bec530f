import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asTime, isoTime, isoTimeOf } from './time.ts';

const times = fc.date({
  min: new Date('0001-01-01T00:00:00Z'),
  max: new Date('9999-12-31T23:59:59.999Z'),
  noInvalidDate: true,
});

describe('a time', () => {
  it('is written as by toISOString, also when repeated', () =>
    fc.assert(
      fc.property(fc.array(times), fc.nat({ max: 3 }), (dates, repeats) => {
        for (const date of dates)
          for (let again = 0; again <= repeats; again += 1) expect(isoTime(date.getTime())).toBe(date.toISOString());
      }),
    ));

  it('is read from other notations', () =>
    fc.assert(
      fc.property(times, (date) => {
        const text = date.toISOString();
        for (const written of [
          text,
          text.replace('Z', '+00:00'),
          text.slice(0, 19) + text.slice(19, 23).padEnd(8, '0') + 'Z',
        ])
          expect(isoTimeOf(written)).toBe(text);
      }),
    ));

  it('in our notation follows the calendar', () => {
    for (const month of ['00', '01', '02', '04', '12', '13'])
      for (const day of ['00', '01', '28', '29', '30', '31', '32'])
        for (const rest of [
          '00:00:00.000',
          '23:59:59.999',
          '24:00:00.000',
          '25:00:00.000',
          '00:60:00.000',
          '00:00:60.000',
        ]) {
          const text = `2026-${month}-${day}T${rest}Z`;
          const known = new Date(text);
          if (Number.isNaN(known.getTime())) expect(() => isoTimeOf(text)).toThrow(RangeError);
          else expect(isoTimeOf(text)).toBe(known.toISOString());
        }
  });

  it('that is none is refused', () => {
    for (const none of [Number.NaN, Number.POSITIVE_INFINITY]) expect(() => isoTime(none)).toThrow(RangeError);
    for (const none of ['', 'yesterday', '2026-11-24T09:15:02.500Zz', '2026-1-24T09:15:02.500'])
      expect(() => isoTimeOf(none), none).toThrow(RangeError);
  });
});

describe('a time of a report', () => {
  it.each([
    ['2024-03-27T00:00:00Z', '2024-03-27T00:00:00Z'],
    ['2024-08-26T20:25:27.123456789Z', '2024-08-26T20:25:27.123Z'],
    ['2024-08-26T20:25:27+02:00', '2024-08-26T18:25:27Z'],
  ])('%s is written as %s', (given, written) => expect(asTime(given)).toBe(written));

  it.each([
    undefined,
    '',
    'yesterday',
    '0001-01-01T00:00:00Z',
    '2024-13-45T00:00:00Z',
    '2024-03-27',
    '9999-12-31T23:59:59-10:00',
    '+012024-03-27T00:00:00Z',
  ])('%s is no time', (given) => expect(asTime(given)).toBeUndefined());
});
