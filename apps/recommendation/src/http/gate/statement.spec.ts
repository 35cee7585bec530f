import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { noFindings } from '@assay/events';
import { asOf } from '../../domain/gate.ts';
import { propertiesOf } from './statement.ts';
import { suite, type ServiceOptions } from '../../../test/suite.ts';
import { digestOf, findingOf, subscriptionId, wholeStory } from '../../../../../libs/read-model/test/fixtures.ts';

const { privateKey: key } = generateKeyPairSync('ed25519');

const setting = async (options: ServiceOptions = { key }) => {
  const assay = await suite(options);
  onTestFinished(() => assay.close());
  const stated = async (query = '', n = 1) => assay.get(`/assay/images/${digestOf(n)}/statement${query}`);
  return { assay, stated };
};

/** The statement of a bundle, by the text of DSSE and of Sigstore's bundle, and not by the code that wrote it. */
const read = ({ mediaType, dsseEnvelope: { payloadType, payload, signatures } }: any) => {
  expect([mediaType, payloadType]).toEqual([
    'application/vnd.dev.sigstore.bundle.v0.3+json',
    'application/vnd.in-toto+json',
  ]);
  // cosign 3.1.3 accepts no signature with another name of the key than its own.
  expect(signatures).toEqual([{ sig: expect.any(String) }]);
  const bytes = Buffer.from(payload, 'base64');
  const signed = Buffer.concat([Buffer.from(`DSSEv1 28 application/vnd.in-toto+json ${bytes.length} `), bytes]);
  const sig = Buffer.from(signatures[0].sig, 'base64');
  expect(verify(null, signed, createPublicKey(key), sig)).toBe(true);
  return JSON.parse(bytes.toString());
};

describe('a statement about an image', () => {
  it('states what holds, when, and by which policy, rules and database', async () => {
    const { assay, stated } = await setting();
    await assay.publish(...wholeStory({ findings: [] }));
    const { subject, predicateType, predicate } = read((await stated('?maxSeverity=low')).body);
    expect(subject).toEqual([{ name: 'team/hello', digest: { sha256: digestOf(1).slice(7) } }]);
    expect(predicateType).toBe('https://in-toto.io/attestation/svr/v0.2');
    expect(predicate).toMatchObject({
      verifier: {
        id: expect.stringMatching(/^urn:assay:verifier:\d/),
        policies: [{ name: 'assay-gate', annotations: { maxSeverity: 'low' } }, { name: 'assay-rules' }],
      },
      timeCreated: new Date(assay.clock.now).toISOString(),
      properties: ['ASSAY_ASSESSED', 'ASSAY_HEALTHY', 'ASSAY_NO_CRITICAL', 'ASSAY_NO_HIGH', 'ASSAY_ALLOWED'],
      evidence: { decision: 'allow', places: [{ status: 'healthy', database: { digest: expect.any(String) } }] },
    });
  });

  it('has the number of exempted findings, and the scope in its policy', async () => {
    const { assay, stated } = await setting();
    await assay.publish(...wholeStory({ findings: [findingOf({ state: 'exempt', ruleId: 'r' })] }));
    const predicateOf = async (query: string) => read((await stated(query)).body).predicate;
    const [all, some] = [
      await predicateOf(''),
      await predicateOf(`?subscription=${subscriptionId}&repository=team/hello`),
    ];
    expect(all).toMatchObject({ evidence: { places: [{ exempt: 1 }] } });
    expect(some.verifier.policies[0].annotations).toMatchObject({
      subscription: subscriptionId,
      repository: 'team/hello',
    });
    expect(some.verifier.policies[0].digest).not.toEqual(all.verifier.policies[0].digest);
  });

  it('states nothing good of findings, of unfinished images, and of findings without a fix', async () => {
    const { assay, stated } = await setting();
    await assay.publish(
      ...wholeStory({ findings: [findingOf({ severity: 'High' })] }),
      wholeStory({ digest: digestOf(2) })[0]!,
    );
    const properties = async (query: string, n: number) => read((await stated(query, n)).body).predicate.properties;
    expect(await properties('', 1)).toEqual(['ASSAY_ASSESSED', 'ASSAY_NO_CRITICAL']);
    expect(await properties('?onlyFixable=true', 1)).toEqual(['ASSAY_ASSESSED']);
    expect(await properties('', 2)).toEqual([]);
  });

  it('has no property of an image that was healthy when the log was cut off', () => {
    const healthy = { status: 'healthy', findings: noFindings(), deleted: false };
    const judgement = { decision: 'allow', reason: 'no-findings', places: [healthy] } as never;
    expect(propertiesOf(judgement, { onlyFixable: false })).toContain('ASSAY_HEALTHY');
    expect(propertiesOf(asOf(judgement, '2026-12-01T00:00:00Z'), { onlyFixable: false })).toEqual([]);
  });

  it('is not made of an unknown image, and not without a key', async () => {
    const { stated } = await setting();
    expect(await stated()).toMatchObject({ status: 404, body: { error: { code: 'ResourceNotFound' } } });
    const { stated: unsigned } = await setting({});
    expect(await unsigned()).toMatchObject({ status: 409, body: { error: { code: 'StatementsNotSigned' } } });
  });
});
