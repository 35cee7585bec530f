import { existsSync, readFileSync } from 'node:fs';
import { statementIn, type ImageStatement } from '@assay/seals';
import { Failure } from '../terminal/failure.ts';
import { ageText, durationText } from '../terminal/format.ts';
import { trustedBy, type KeyPlaces } from './trusted.ts';

export interface StatementCheck extends KeyPlaces {
  readonly file: string;
  readonly maxAgeMs: number;
  /** Digest of the image that it must be about. */
  readonly image: string | undefined;
  /** Properties that it must state. */
  readonly require: readonly string[];
}

export interface CheckedStatement {
  readonly state: 'good' | 'differs' | 'nothing-stated';
  /** Why it is not to be believed. */
  readonly why?: string;
  /** Absent if it is not signed by the key. */
  readonly statement?: ImageStatement;
}

/**
 * Verifies the signature of a statement about an image, its age, and that it has the required properties.
 * @throws Failure if the file or a key is missing
 */
export const checkedStatement = (check: StatementCheck, now = Date.now()): CheckedStatement => {
  const trusted = trustedBy(check);
  if (!trusted) throw new Failure('usage', 'no key is given', 'give --key: `/assay/keys` of the suite publishes it');
  if (!existsSync(check.file)) throw new Failure('usage', `there is no file ${check.file}`);
  const statement = statementIn(readFileSync(check.file, 'utf8'), trusted.key);
  if (!statement) return { state: 'differs', why: `it is no statement that ${trusted.file} signed` };
  const { subject } = statement;
  if (check.image !== undefined && !subject.some(({ digest }) => `sha256:${digest?.sha256}` === check.image))
    return { state: 'differs', why: 'it is about another image', statement };
  const age = now - Date.parse(statement.predicate.timeCreated);
  // A clock may be a little ahead.
  const isNew = age >= -5 * 60_000 && age <= check.maxAgeMs;
  const { properties } = statement.predicate;
  const missing = check.require.filter((property) => !properties.includes(property));
  if (isNew && missing.length > 0) return { state: 'differs', why: `it lacks ${missing.join(', ')}`, statement };
  if (isNew) return { state: properties.length === 0 ? 'nothing-stated' : 'good', statement };
  const why =
    age > 0
      ? `it is ${age < 3_600_000 ? durationText(age) : ageText(age)} old: what held then may not hold now`
      : 'its time is in the future';
  return { state: 'differs', why, statement };
};
