import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { ApiFailure, failureOf } from '../api/failure.ts';
import type { Asked } from '../api/use-answer.ts';
import { Answered } from './states.tsx';

const at = Date.parse('2026-11-29T12:00:00Z');

const shown = (asked: Partial<Asked<string>>, isExplained = false): string =>
  renderToStaticMarkup(
    <Answered
      from={{
        data: undefined,
        at: undefined,
        asOf: undefined,
        failure: undefined,
        isPrevious: false,
        isFetching: false,
        retry: () => undefined,
        ...asked,
      }}
      subject="sha256:00"
      isExplained={isExplained}
    >
      {(data) => <p>rows: {data}</p>}
    </Answered>,
  );

describe('an answer', () => {
  it('that is on its way has a place, and no rows', () => {
    expect(shown({})).toMatch(/role="status" aria-label="Loading"/);
    expect(shown({})).not.toContain('rows');
  });

  it.each([
    [400, 'InvalidDigest', 'x is no digest', ['The service refuses this (400)', 'x is no digest']],
    [403, 'AccessDenied', 'not in these subscriptions', ['Your roles do not allow this', 'not in these subscriptions']],
    [404, 'ResourceNotFound', 'none', ['sha256:00 is not here, or not in the scopes that you may see']],
    [500, 'InternalServerError', 'The request failed', ['The service failed (500)', 'request-1', 'trace-1']],
    [503, 'ServiceUnavailable', 'the read model is behind', ['Catching up', 'the read model is behind']],
    [0, 'NoAnswer', 'Failed to fetch', ['does not answer']],
    [401, 'InvalidAuthenticationToken', 'The access token is invalid.', ['Sign in']],
  ])('of %i is an alert with its reason, never an empty list', (status, code, message, words) => {
    const text = shown({ failure: new ApiFailure(status, code, message, 'request-1', 'trace-1') });
    for (const word of words) expect(text).toContain(word);
    expect(text).toContain('role="alert"');
    expect(text).not.toContain('rows');
  });

  it.each([
    ['/', true, 'in some subscription.'],
    ['/', false, 'in every subscription.'],
    ['/subscriptions/a', true, 'in a part of /subscriptions/a.'],
    ['/subscriptions/a', false, 'in /subscriptions/a.'],
  ])('of 403 names the scope %s that would do, in part: %s, and the roles that help', (scope, partly, words) => {
    const missing = { operation: 'rules/read', scope, partly, roles: ['Security Reader', 'Security Admin'] };
    const error = {
      code: 'AuthorizationFailed',
      message: 'no',
      additionalInfo: [{ type: 'MissingRight', info: missing }],
    };
    const text = shown({ failure: failureOf(new Response(undefined, { status: 403 }), { error }) });
    expect(text).toContain(`the right rules/read ${words}`);
    expect(text).toContain('Security Reader or Security Admin');
  });

  it('of 404 gives the reason of the API where it knows more than that nothing is here', () => {
    const failure = new ApiFailure(404, 'ResourceNotFound', '40 images have no result');
    expect(shown({ failure }, true)).toContain('40 images have no result');
    expect(shown({ failure }, true)).not.toContain('is not here');
    expect(shown({ failure })).not.toContain('40 images');
  });

  it('stays when the next one fails, and wears its age', () => {
    const text = shown({ data: 'kept', at, failure: new ApiFailure(503, 'ServiceUnavailable', 'behind') });
    expect(text).toContain('rows: kept');
    expect(text).toContain('2026-11-29 12:00:00 UTC');
    expect(text).toContain('data-old');
  });

  it('to another question goes when this one is refused', () => {
    const failure = new ApiFailure(403, 'AuthorizationFailed', 'no');
    expect(shown({ data: 'of another', at, isPrevious: true, failure })).not.toContain('of another');
    expect(shown({ data: 'of another', at, isPrevious: true })).toContain('aria-busy="true"');
  });
});
