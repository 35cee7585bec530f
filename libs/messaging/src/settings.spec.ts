import { expect, it } from 'vitest';
import { isAboutSetting, SettingError, wholeNumberIn } from './settings.ts';

it.each<[string, unknown, boolean]>([
  ['a setting that is wrong', new SettingError('Nobody would be asked who he is'), true],
  [
    'what a setting names',
    Object.assign(new Error('ASSAY_TRIVY is /nope, and it is not a file'), { code: 'scanner-unusable' }),
    true,
  ],
  [
    'a password that is refused',
    Object.assign(new Error('Kafka refuses ASSAY_KAFKA_PASSWORD'), { code: 'kafka-credentials' }),
    false,
  ],
  ['anything else', 'ASSAY_TRIVY is gone', false],
])('recognises a wrong setting by code or text: %s', (_, error, is) => expect(isAboutSetting(error)).toBe(is));

it('reports the minimum of a number', () => {
  expect(wholeNumberIn({ N: '0' }, 'N', 7, 9, 0)).toBe(0);
  expect(() => wholeNumberIn({ N: '0' }, 'N', 7, 9)).toThrow("N must be a whole number from 1 to 9, not '0'");
  for (const text of ['-1', '10', 'abc', '1.5'])
    expect(() => wholeNumberIn({ N: text }, 'N', 7, 9, 0)).toThrow(
      `N must be a whole number from 0 to 9, not '${text}'`,
    );
});
