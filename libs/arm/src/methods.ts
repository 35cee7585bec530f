import { NotFoundException } from '@nestjs/common';
import { ArmError, codeOfStatus } from './error.ts';
import { pathOf, type ArmRequest } from './http.ts';

/** The part of Fastify that tells of each route. */
interface Router {
  addHook(
    name: 'onRoute',
    hook: (route: { readonly method: string | readonly string[]; readonly url: string }) => void,
  ): unknown;
}

/** A path of the router; names have no regard for case there, and a slash at the end does not count. */
const pattern = (url: string): RegExp =>
  new RegExp(
    `^${url
      .split(/:\w+/)
      .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
      .join('[^/]+')}/?$`,
    'i',
  );

/** What may be asked for at which path: the router itself knows only that a method has none of that name. */
export class Methods {
  readonly #known = new Map<string, { readonly matches: RegExp; readonly methods: Set<string> }>();

  constructor(router: Router) {
    router.addHook('onRoute', ({ method, url }) => {
      const route = this.#known.get(url) ?? { matches: pattern(url), methods: new Set<string>() };
      for (const each of [method].flat()) route.methods.add(each);
      this.#known.set(url, route);
    });
  }

  /** For what has no route.
   * @throws ArmError 405 where its path has one for another method; else 404 */
  refuse(request: ArmRequest): never {
    const path = pathOf(request);
    const allowed = new Set(
      [...this.#known.values()].filter(({ matches }) => matches.test(path)).flatMap(({ methods }) => [...methods]),
    );
    if (allowed.size > 0)
      throw new ArmError(405, codeOfStatus(405), `'${request.method}' is not allowed at '${path}'.`, {
        headers: { allow: [...allowed].toSorted().join(', ') },
      });
    throw new NotFoundException();
  }
}
