import type { ArmRequest } from '@assay/http';
import { bearersIn, valuesOf, type Secrets } from './secrets.ts';

/**
 * Returns the login servers for which the bearer of an access token may report pushes.
 * @throws ArmError 401 or 403, or 503 if the token cannot be verified just now
 */
export type Verify = (request: ArmRequest) => Promise<ReadonlySet<string>>;

export type SentRequest = ArmRequest & { readonly raw: { readonly rawHeaders: readonly string[] } };

const none: ReadonlySet<string> = new Set();

/**
 * Authenticates senders of events. Event Grid sends a registry's secret in a header, or as `code` in the query if it
 * cannot send a header, or an access token. A request with two of these is not authenticated.
 */
export class GridSenders {
  constructor(
    private readonly secrets: Secrets,
    private readonly verify?: Verify,
  ) {}

  async allowed(request: SentRequest): Promise<ReadonlySet<string>> {
    const {
      url,
      raw: { rawHeaders },
    } = request;
    const bearers = bearersIn(rawHeaders);
    const shown = [
      ...bearers,
      ...valuesOf(rawHeaders, 'aeg-sas-key'),
      ...new URLSearchParams(url.split('?')[1]).getAll('code'),
    ];
    const [proof] = shown;
    if (shown.length !== 1 || !proof) return none;
    const known = this.secrets.speakers(proof);
    return known.size === 0 && bearers.length === 1 && this.verify ? this.verify(request) : known;
  }
}
