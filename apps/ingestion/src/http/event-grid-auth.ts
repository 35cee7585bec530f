import type { ArmRequest } from '@assay/arm';
import { bearersIn, valuesOf, type Secrets } from './secrets.ts';

/** The login servers that who shows an access token may speak for.
 * @throws ArmError 401 or 403, or 503 where nobody can tell just now */
export type Verify = (request: ArmRequest) => Promise<ReadonlySet<string>>;

export type SentRequest = ArmRequest & { readonly raw: { readonly rawHeaders: readonly string[] } };

const nobody: ReadonlySet<string> = new Set();

/**
 * Who may send events: Event Grid shows a registry's secret in a header, or as `code` in the query where it can send no
 * header, or an access token. What shows two of these shows none.
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
    if (shown.length !== 1 || !proof) return nobody;
    const known = this.secrets.speakers(proof);
    return known.size === 0 && bearers.length === 1 && this.verify ? this.verify(request) : known;
  }
}
