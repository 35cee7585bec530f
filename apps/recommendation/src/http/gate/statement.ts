import { createHash, type KeyObject } from 'node:crypto';
import { version } from '@assay/process/version';
import { signedStatement, type Bundle, type ResourceDescriptor } from '@assay/seals';
import type { RunQuery } from '@assay/read-model/store/duckdb';
import type { Judgement } from '../../domain/gate.ts';
import { evidenceShown } from '../evidence.response.ts';
import type { Policy } from './gate.response.ts';
import type { GatedPlace } from './gated.ts';

/** The key that signs statements; undefined if there is none. */
export class StatementKey {
  constructor(readonly key?: KeyObject) {}
}

/** The places that a statement covers, if not all. */
export interface StatedScope {
  readonly subscription?: string | undefined;
  readonly repository?: string | undefined;
  /** Prefixes of what the caller may see. */
  readonly below?: readonly string[];
}

const assessed = new Set(['healthy', 'unhealthy']);

/**
 * The properties that hold for an image at all places. One that is missing is not known to hold: a Simple Verification
 * Result has no other form.
 */
export const propertiesOf = (
  { decision, places }: Judgement<GatedPlace>,
  { onlyFixable }: Pick<Policy, 'onlyFixable'>,
): readonly string[] => {
  const isKnown =
    decision !== 'unknown' &&
    places.length > 0 &&
    places.every(({ status, deleted }) => assessed.has(status) && !deleted);
  const has = (severity: 'Critical' | 'High'): boolean =>
    // Then the counts have no findings without a fix.
    onlyFixable || places.some(({ findings }) => findings === undefined || Number(findings[severity] ?? 0) > 0);
  return [
    ...(isKnown ? ['ASSAY_ASSESSED'] : []),
    ...(isKnown && places.every(({ status }) => status === 'healthy') ? ['ASSAY_HEALTHY'] : []),
    ...(isKnown && !has('Critical') ? ['ASSAY_NO_CRITICAL'] : []),
    ...(isKnown && !has('Critical') && !has('High') ? ['ASSAY_NO_HIGH'] : []),
    ...(decision === 'allow' ? ['ASSAY_ALLOWED'] : []),
  ];
};

/** The rules that exempt findings, as one policy. */
export const rulesPolicy = async (query: RunQuery): Promise<ResourceDescriptor> => {
  const rows = await query<{ rule_key: string; data: string }>(
    'select rule_key, data::varchar as data from rules where not removed order by rule_key',
  );
  const text = rows.map(({ rule_key: key, data }) => `${key} ${data}\n`).join('');
  return {
    name: 'assay-rules',
    digest: { sha256: createHash('sha256').update(text).digest('hex') },
    annotations: { rules: rows.length },
  };
};

/**
 * Signs the gate's answer about an image.
 * @param policy with the places to which the request and the rights of the caller limit it
 * @param at ms since the epoch
 */
export const stated = (
  digest: string,
  policy: Policy & StatedScope,
  rules: ResourceDescriptor,
  judgement: Judgement<GatedPlace>,
  at: number,
  key: KeyObject,
): Bundle => {
  const { decision, reason, places } = judgement;
  const sha256 = digest.slice('sha256:'.length);
  return signedStatement(
    {
      subject: [...new Set(places.map(({ repository }) => repository))].map((name) => ({ name, digest: { sha256 } })),
      predicate: {
        verifier: {
          id: `urn:assay:verifier:${version}`,
          policies: [
            {
              name: 'assay-gate',
              digest: { sha256: createHash('sha256').update(JSON.stringify(policy)).digest('hex') },
              annotations: policy,
            },
            rules,
          ],
        },
        timeCreated: new Date(at).toISOString(),
        properties: propertiesOf(judgement, policy),
        evidence: {
          decision,
          reason,
          places: places.map(
            ({ registryId, repository, digest: of, status, reason: why, findings, exempt, scanned }) => ({
              registryId,
              repository,
              digest: of,
              status,
              ...(why ? { statusReason: why } : {}),
              ...(findings ? { bySeverity: findings } : {}),
              ...(exempt === undefined ? {} : { exempt }),
              ...(scanned ? evidenceShown(scanned) : {}),
            }),
          ),
        },
      },
    },
    key,
  );
};
