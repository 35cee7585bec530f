import { describe, expect, it } from 'vitest';
import { DataInUse } from '@assay/messaging';
import { exitCodeOf, exitCodes, Failure, lineOf } from './failure.ts';

const coded = (code: string, message = 'it went wrong', remedy?: string): Error =>
  Object.assign(new Error(message), { code }, remedy === undefined ? {} : { remedy });

describe('an exit code', () => {
  it('has one meaning each', () => {
    const codes = Object.values(exitCodes).map(({ code }) => code);
    expect(new Set(codes).size).toBe(codes.length);
  });

  it.each([
    [new Failure('not-found', 'x'), 3],
    [new Failure('not-in-time', 'x'), 6],
    [new DataInUse('log.db'), 4],
    [coded('EADDRINUSE'), 4],
    [coded('scanner-missing'), 5],
    [coded('database-unusable'), 5],
    [coded('sandbox-cannot-start'), 5],
    [new Error('ASSAY_PRICES must be a list of at least one price rule'), 2],
    [new TypeError('fetch failed', { cause: coded('ECONNREFUSED') }), 4],
    [new TypeError('fetch failed', { cause: new Error('bad port') }), 4],
    [new Error('a bug'), 1],
    ['thrown text', 1],
  ])('of %s is %i', (error, code) => expect(exitCodeOf(error)).toBe(code));
});

describe('a failure', () => {
  it('is printed in one line with its remedy', () => {
    expect(lineOf(new Failure('usage', 'That will not do.', 'do this'))).toBe('error: That will not do. Do this.');
    expect(lineOf(coded('scanner-unusable', 'it is\n  no scanner', 'get another'))).toBe(
      'error: it is no scanner. Get another.',
    );
    expect(lineOf(coded('EADDRINUSE', 'port 7070 is taken'))).toContain('--port');
  });

  it('names the cause that fetch hides', () => {
    expect(
      lineOf(new TypeError('fetch failed', { cause: coded('ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:1') })),
    ).toBe('error: fetch failed (connect ECONNREFUSED 127.0.0.1:1). Check that it still runs.');
  });

  it('keeps the cause in that line, too', () =>
    expect(lineOf(new TypeError('fetch failed', { cause: new Error('wrong version number:\n') }))).toBe(
      'error: fetch failed (wrong version number)',
    ));

  it.each([
    ['ENOTFOUND', 'getaddrinfo ENOTFOUND nosuch.example', /spelling/],
    ['EAI_AGAIN', 'getaddrinfo EAI_AGAIN nosuch.example', /spelling/],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'self-signed certificate in certificate chain', /NODE_EXTRA_CA_CERTS/],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed certificate', /NODE_EXTRA_CA_CERTS/],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'unable to verify the first certificate', /NODE_EXTRA_CA_CERTS/],
    ['CERT_HAS_EXPIRED', 'certificate has expired', /expired/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', "Host: localhost. is not in the cert's altnames", /another name/],
    ['ERR_SSL_PACKET_LENGTH_TOO_LONG', 'packet length too long', /http:\/\//],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'wrong version number', /http:\/\//],
  ])('of a name or a certificate (%s) names the fault', (code, message, remedy) => {
    const line = lineOf(new TypeError('fetch failed', { cause: coded(code, message) }));
    expect(line).toMatch(remedy);
    expect(line).not.toContain('still runs');
  });

  it('always has a text', () => expect(lineOf(undefined)).toBe('error: undefined'));
});
