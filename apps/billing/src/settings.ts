import { accessSettings, publicBaseSettings, rateSettings } from '@assay/http';
import { declaredSigningKey, group, setting } from '@assay/settings';
import { pricesFrom } from './domain/prices.ts';
import { defaultIssuer, ownersFrom } from './export/naming.ts';

const task = 'Charge for assessments';

export const billingSettings = group({
  caller: accessSettings,
  rate: rateSettings,
  publicBase: publicBaseSettings,
  signingKey: declaredSigningKey,
  prices: setting(
    'ASSAY_PRICES',
    {
      task,
      summary:
        'Price rules, each from a day on: JSON `[{"id","from","amount","currency"}]`. The amount `"0"` makes every ' +
        'charge zero ([billing](billing.md)).',
      default: '0.29 USD from 2020-01-01',
    },
    pricesFrom,
  ),
  owners: setting(
    'ASSAY_OWNERS',
    {
      task,
      summary:
        'Owners of repositories, for the tags of charges: JSON ' +
        '`{"<beginning of a repository\'s name>":"<owner>"}`. The longest match counts.',
    },
    ownersFrom,
  ),
  issuer: setting(
    'ASSAY_INVOICE_ISSUER',
    {
      task,
      summary: 'Sender of the invoice, as `InvoiceIssuerName` of the export.',
      default: `\`${defaultIssuer}\``,
    },
    (given) => given?.trim() || defaultIssuer,
  ),
});
