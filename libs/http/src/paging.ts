import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { badRequest } from '@assay/arm';
import { headerOf, pathOf, queryOf, type ArmRequest } from './http.ts';

export interface PagingOptions {
  /**
   * Signs tokens. Replicas behind one front need the same key; without a key, tokens become invalid with the process.
   */
  readonly signingKey?: string | undefined;
  /**
   * `https://host[:port]`, if clients use another address than that of the connection: behind a proxy that terminates
   * TLS.
   */
  readonly publicBase?: string | undefined;
  /** Items of a page; 100 by default. */
  readonly pageSize?: number | undefined;
}

/** Entries of a page without `top`, and at most. */
export const [defaultTop, mostTop] = [100, 1_000];

const topPattern = /^[1-9]\d{0,5}$/;

/**
 * The number of entries that a caller wants in a page.
 * @param usual the number without the parameter
 * @throws ArmError 400
 */
export const topIn = (request: ArmRequest, usual = defaultTop, most = mostTop): number => {
  const given = queryOf(request, 'top');
  if (given === undefined) return usual;
  const top = topPattern.test(given) ? Number(given) : Infinity;
  if (top <= most) return top;
  throw badRequest('InvalidRequestContent', `'top' must be a number from 1 to ${most}, not '${given.slice(0, 100)}'.`, {
    target: 'top',
  });
};

export interface PageOf<Item> {
  readonly value: readonly Item[];
  readonly nextLink?: string;
}

/** Pages of a list: opaque tokens bound to the route that issued them, and links that the client can follow. */
export class Paging {
  readonly #key: Buffer;
  readonly #publicBase: string | undefined;
  readonly pageSize: number;

  constructor({ signingKey, publicBase, pageSize = defaultTop }: PagingOptions = {}) {
    this.#key = signingKey ? Buffer.from(signingKey) : randomBytes(32);
    this.#publicBase = publicBase;
    this.pageSize = pageSize;
  }

  /** Returns the position from the token of a `nextLink`; `undefined` for the first page. */
  position<Position>(request: ArmRequest): Position | undefined {
    const token = queryOf(request, '$skipToken');
    return token === undefined || token === '' ? undefined : this.read<Position>(token, pathOf(request));
  }

  nextLink(request: ArmRequest, position: unknown): string {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries((request.query ?? {}) as Record<string, string>)) {
      if (name.toLowerCase() !== '$skiptoken') query.set(name, value);
    }
    // `$` stays readable: some callers look for `$skipToken=` in the text of the link.
    const others = query.toString().replaceAll('%24', '$');
    return (
      `${this.base(request)}${pathOf(request)}?${others}${others ? '&' : ''}` +
      `$skipToken=${this.sign(position, pathOf(request))}`
    );
  }

  /**
   * Scheme and host as the client knows them: a client refuses to follow a link to another scheme. `X-Forwarded-*` is
   * not trusted, since any client can send it: a token would follow the link to a stranger's host.
   */
  base(request: ArmRequest): string {
    if (this.#publicBase) return this.#publicBase;
    const host = headerOf(request, 'host');
    return `${request.protocol}://${host && /^[\w.:[\]-]+$/.test(host) ? host : 'localhost'}`;
  }

  sign(position: unknown, route: string): string {
    const text = Buffer.from(JSON.stringify(position)).toString('base64url');
    return `${text}.${this.#mark(text, route)}`;
  }

  read<Position>(token: string, route: string): Position {
    const [text = '', mark = ''] = token.split('.');
    const expected = Buffer.from(this.#mark(text, route));
    const given = Buffer.from(mark);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
      throw badRequest('InvalidSkipToken', 'The $skipToken was not issued by this list.', {
        target: '$skipToken',
      });
    }
    return JSON.parse(Buffer.from(text, 'base64url').toString()) as Position;
  }

  /** Paths compare case-insensitively, and so do the routes that tokens are bound to. */
  #mark(text: string, route: string): string {
    return createHmac('sha256', this.#key).update(`${route.toLowerCase()}\n${text}`).digest('base64url').slice(0, 32);
  }
}
