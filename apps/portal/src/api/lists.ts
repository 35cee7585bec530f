import type { components, operations } from './generated/schema.ts';

/** The body of an answer with code 200, as JSON. */
export type JsonOf<Name extends keyof operations> = operations[Name] extends {
  readonly responses: { readonly 200: { readonly content: { readonly 'application/json': infer Body } } };
}
  ? Body
  : never;

/** An image of `GET /assay/images`, as its list shows it. */
export type PortalImage = components['schemas']['Image'];

/** True for a status that a whole result stands behind: then an absence of findings means something. */
export const isResult = (status: string): boolean => status === 'healthy' || status === 'unhealthy';

/** A page of `GET /assay/images`, with totals. */
export type ImagesPage = JsonOf<'Images.list'>;

/** A finding of `GET /assay/images/{digest}/findings`. */
export type ListedFinding = components['schemas']['Finding'];

/** A page of findings, with totals. */
export type FindingsAnswer = JsonOf<'Images.findings'>;
