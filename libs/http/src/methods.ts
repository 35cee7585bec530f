import { NotFoundException } from '@nestjs/common';
import { ArmError, codeOfStatus } from '@assay/arm';
import { pathOf, type ArmRequest } from './http.ts';

/** The part of Fastify that reports each route. */
interface Router {
  addHook(
    name: 'onRoute',
    hook: (route: { readonly method: string | readonly string[]; readonly url: string }) => void,
  ): unknown;
}

/** Matches a path of the router, which ignores case and a trailing slash. */
const pattern = (url: string): RegExp =>
  new RegExp(
    `^${url
      .split(/:\w+/)
      .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
      .join('[^/]+')}/?$`,
    'i',
  );

/** The methods of each path: the router itself only reports that a method has no such path. */
export class Methods {
  readonly #known = new Map<string, { readonly matches: RegExp; readonly methods: Set<string> }>();

  constructor(router: Router) {
    router.addHook('onRoute', ({ method, url }) => {
      const route = this.#known.get(url) ?? { matches: pattern(url), methods: new Set<string>() };
      for (const each of [method].flat()) route.methods.add(each);
      this.#known.set(url, route);
    });
  }

  /**
   * Refuses a request without a route.
   * @throws ArmError 405 if its path has a route for another method, else 404
   */
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
