import { readFileSync } from 'node:fs';
import { greedy, modest } from './callers.ts';

/** A request that the run sends. */
export interface Request {
  /** Its place among all requests of the run. */
  readonly nr: number;
  /** Method, path of the document, and what narrows it. */
  readonly name: string;
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
  /** Statuses in the document. */
  readonly statuses: readonly string[];
  /** The status while no other request is sent, of existing things. */
  readonly expected: number;
  /** True of a stream, which goes on until its client hangs up. */
  readonly isEndless?: true;
}

/** Things that exist, by the parameters of paths that name them. */
export type RouteValues = Readonly<Record<string, string>>;

interface Operation {
  readonly parameters?: readonly {
    readonly name?: string;
    readonly in?: string;
    readonly required?: boolean;
    readonly schema?: { readonly enum?: readonly string[] };
  }[];
  readonly responses: Readonly<Record<string, object>>;
}
interface Variant {
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
  readonly isEndless?: true;
}

const { paths } = JSON.parse(readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8')) as {
  readonly paths: Readonly<Record<string, { readonly get?: Operation; readonly post?: Operation }>>;
};

/** Documents of an image, of which some are as large as its inventory. */
const documents = ['csv', 'sarif', 'cyclonedx', 'spdx'];

/** Requests beside those that the document shows; of routes that need a query or a body, all of it. */
const variantsOf = (values: RouteValues): Readonly<Record<string, readonly Variant[]>> => ({
  '/assay/images': [
    { query: 'vulnerability=CVE-2026-1037&fixable=true' },
    { query: 'q=a&sort=-critical&top=1000' },
    { query: 'format=csv&sort=-critical' },
  ],
  '/assay/images/{digest}/findings': [{ query: 'top=1000' }],
  '/assay/vulnerabilities': [{ query: 'q=a&sort=-images&top=1000' }, { query: 'format=csv&sort=-since' }],
  '/assay/vulnerabilities/{id}': [{ query: 'top=1000' }],
  '/assay/search': [{ query: 'q=a&top=100' }],
  '/assay/rules/{rule}': [{ query: `scope=/subscriptions/${values.subscriptionId}` }],
  '/assay/coverage/images': [{ query: `day=${values.day}` }],
  '/assay/diff': [{ query: `from=${values.largest}&to=${values.nextLargest}` }],
  '/assay/export': [{ query: 'format=focus-csv' }],
  '/assay/changes': [{ query: 'push=true' }, { headers: { accept: 'text/event-stream' }, isEndless: true }],
  '/assay/images/{digest}/gate': [{ query: 'preview=true', headers: { prefer: 'wait=1' } }],
  '/assay/rules/{rule}/preview': [
    { body: { scope: `/subscriptions/${values.subscriptionId}`, criteria: { cvssBelow: 10 } } },
  ],
  '/providers/Microsoft.ResourceGraph/resources': [...greedy, modest].map((query) => ({ body: { query } })),
});

/** Asks of the images with the largest inventories. */
const ofLargest: Readonly<Record<string, readonly Variant[]>> = {
  '/assay/images/{digest}/findings': documents.map((format) => ({ query: `format=${format}` })),
  '/assay/images/{digest}/inventory': [{}],
};

/** A management group has no assessment of its own. */
const absent = /\/managementGroups\/.*\/assessments\/\{assessmentName\}$/;

/** The estate has no key for statements: its past must be the same each time. */
const unsigned = /\/statement$/;

const isAsked = (template: string, method: string): boolean =>
  method === 'get' || /(\/preview|ResourceGraph\/resources)$/.test(template);

/**
 * A request to each route of the document that reads, and more to those that may read much.
 *
 * @param baseOf the address that answers a path
 * @throws Error if a route needs a value that is not known
 */
export const requestsOf = (values: RouteValues, baseOf: (path: string) => string): readonly Request[] => {
  const found: Omit<Request, 'nr'>[] = [];
  const own = variantsOf(values);
  for (const [template, operations] of Object.entries(paths))
    for (const [method, operation] of Object.entries(operations) as [string, Operation][]) {
      if (!isAsked(template, method)) continue;
      const { parameters = [], responses } = operation;
      const queries = parameters.filter((each) => each.in === 'query');
      const versions = queries.find(({ name }) => name === 'api-version')?.schema?.enum;
      const needed = queries.filter(({ name, required }) => required && name !== 'api-version');
      const formats = queries.find(({ name, required }) => name === 'format' && !required)?.schema?.enum ?? [];
      const isWhole = needed.length > 0 || method === 'post';
      const variants = [
        ...(isWhole && own[template] ? [] : [{}]),
        ...formats.map((format) => ({ query: `format=${format}` })),
        ...(own[template] ?? []),
      ];
      const add = ({ query = '', headers, body, isEndless }: Variant, of: string, given: RouteValues): void => {
        for (const { name = '' } of needed)
          if (!query.includes(`${name}=`)) throw new Error(`the run has no ${name} for ${method} ${template}`);
        const path = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
          const value = given[`${template} ${name}`] ?? given[name];
          if (value === undefined) throw new Error(`the run has no {${name}} for ${method} ${template}`);
          return value;
        });
        const all = [...(versions ? [`api-version=${versions.at(-1)}`] : []), ...(query === '' ? [] : [query])];
        const details = [query, headers && Object.values(headers).join(), body && JSON.stringify(body)];
        found.push({
          name: [`${method.toUpperCase()} ${template}`, of, ...details].filter(Boolean).join(' '),
          method: method.toUpperCase(),
          url: `${baseOf(path)}${path}${all.length > 0 ? `?${all.join('&')}` : ''}`,
          statuses: Object.keys(responses),
          expected: unsigned.test(template) ? 409 : absent.test(template) ? 404 : 200,
          ...(headers ? { headers } : {}),
          ...(body ? { body } : {}),
          ...(isEndless ? { isEndless } : {}),
        });
      };
      for (const variant of variants) add(variant, '', values);
      for (const variant of (method === 'get' && ofLargest[template]) || [])
        add(variant, 'of the largest', { ...values, digest: values.largest! });
    }
  return found.map((request, nr) => ({ ...request, nr }));
};
