import { expect, it } from 'vitest';
import { isAboutSetting, SettingError } from './error.ts';

it.each<[string, unknown, boolean]>([
  ['a setting that is wrong', new SettingError('No caller would be authenticated'), true],
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
