import type { components } from './generated/schema.ts';
import type { Page } from './use-answer.ts';

/** Answers of routes that docs/openapi.json does not have yet. Each goes away when its route arrives. */

/** `GET /assay/me` */
export interface Me {
  readonly name: string;
  readonly roles: readonly { readonly role: string; readonly scope: string }[];
  readonly operations: readonly string[];
  readonly version: string;
  readonly authentication: 'development' | 'oidc';
  readonly demonstration: boolean;
  readonly asOf?: string;
}

/** An image of `GET /assay/images`, as its list shows it. */
export type ListedImage = components['schemas']['Image'];

/** A page of `GET /assay/images` with totals. */
export interface ImagesPage extends Page<ListedImage> {
  /** Images by status, with all filters but that of the status. */
  readonly counts?: Readonly<Record<string, number>>;
  /** Number of images that the filters hide. */
  readonly hidden?: number;
}
