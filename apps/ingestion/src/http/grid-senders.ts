import type { ArmRequest } from '@assay/arm';
import { bearersIn, valuesOf, type Secrets } from './secrets.ts';

/** Who shows an access token of Microsoft Entra may speak for these login servers. Whoever cannot tell just now throws. */
export type Verify = (token: string) => Promise<ReadonlySet<string>>;

export type SentRequest = Pick<ArmRequest, 'url'> & { readonly raw: { readonly rawHeaders: readonly string[] } };

const nobody: ReadonlySet<string> = new Set();

/**
 * Who may send events: Event Grid shows a registry's secret in a header, or as `code` in the query where it can send no header,
 * or an access token. What shows two of these shows none.
 */
export class GridSenders {
  constructor(private readonly secrets: Secrets, private readonly verify?: Verify) {}

  async allowed({ url, raw: { rawHeaders } }: SentRequest): Promise<ReadonlySet<string>> {
    const bearers = bearersIn(rawHeaders);
    const shown = [...bearers, ...valuesOf(rawHeaders, 'aeg-sas-key'), ...new URLSearchParams(url.split('?')[1]).getAll('code')];
    const [proof] = shown;
    if (shown.length !== 1 || !proof) return nobody;
    const known = this.secrets.speakers(proof);
    return known.size === 0 && bearers.length === 1 && this.verify ? this.verify(proof) : known;
  }
}
