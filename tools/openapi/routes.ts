import { RequestMethod, type Type } from '@nestjs/common';
import {
  GUARDS_METADATA,
  METHOD_METADATA,
  PARAMTYPES_METADATA,
  PATH_METADATA,
  ROUTE_ARGS_METADATA,
} from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import {
  descriptionOf,
  expectedBy,
  isUnmetered,
  needOf,
  type ApiVersions,
  type Description,
  type Need,
} from '@assay/http';

/** A route as Nest's decorators describe it. */
export interface DescribedRoute {
  readonly method: string;
  /** In the document's form: `/assay/images/{digest}`. */
  readonly path: string;
  readonly params: readonly string[];
  /** `SubAssessments.list` */
  readonly name: string;
  readonly tag: string;
  readonly description: Description;
  readonly need: Need | undefined;
  /** True if it counts in the rate of its caller. */
  readonly isMetered: boolean;
  readonly apiVersions: readonly string[] | undefined;
  /** The class that validates its body. */
  readonly body: Type | undefined;
}

const own = <T>(key: string, of: object): T | undefined => Reflect.getMetadata(key, of) as T | undefined;

const pathsOf = (of: object): readonly string[] => [own<string | string[]>(PATH_METADATA, of) ?? []].flat();

const joined = (...parts: readonly string[]): string =>
  `/${parts
    .flatMap((part) => part.split('/'))
    .filter(Boolean)
    .join('/')}`;

/** From the pipe of the parameter, or else from its type; a raw body has neither. */
const bodyOf = (controller: Type, handler: string): Type | undefined => {
  const taken = Object.entries(
    (Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, handler) ?? {}) as Record<
      string,
      { readonly index: number; readonly pipes: readonly unknown[] }
    >,
  );
  const body = taken.find(([kind]) => kind.startsWith(`${RouteParamtypes.BODY}:`))?.[1];
  if (!body) return undefined;
  const type = (Reflect.getMetadata(PARAMTYPES_METADATA, controller.prototype as object, handler) as Type[])[
    body.index
  ];
  return body.pipes.map(expectedBy).find(Boolean) ?? (type === Object ? undefined : type);
};

const routesOf = (controller: Type): DescribedRoute[] =>
  Object.getOwnPropertyNames(controller.prototype).flatMap((name) => {
    const handler = (controller.prototype as Record<string, object>)[name];
    const method = typeof handler === 'function' ? own<RequestMethod>(METHOD_METADATA, handler) : undefined;
    if (method === undefined || handler === undefined) return [];
    const tag = controller.name.replace(/Controller$/, '');
    const description = descriptionOf(handler);
    if (!description) throw new Error(`${controller.name}.${name} does not say what it answers: give it @Described`);
    const guards = [
      ...(own<unknown[]>(GUARDS_METADATA, controller) ?? []),
      ...(own<unknown[]>(GUARDS_METADATA, handler) ?? []),
    ];
    const apiVersions = guards.map((guard) => (guard as Partial<ApiVersions>).known).find(Boolean);
    const need = needOf(handler) ?? needOf(controller);
    const bases = pathsOf(controller);
    return (bases.length > 0 ? bases : ['']).flatMap((base) =>
      pathsOf(handler).map((path) => {
        const whole = joined(base, path);
        return {
          method: RequestMethod[method].toLowerCase(),
          path: whole.replaceAll(/:(\w+)/g, '{$1}'),
          params: [...whole.matchAll(/:(\w+)/g)].map(([, param]) => param!),
          name: `${tag}.${name}`,
          tag,
          description,
          need,
          isMetered: need !== undefined && !isUnmetered(handler),
          apiVersions,
          body: bodyOf(controller, name),
        };
      }),
    );
  });

/** Every route of every service. */
export const routesIn = (services: readonly { readonly controllers: readonly Type[] }[]): DescribedRoute[] =>
  services.flatMap(({ controllers }) => controllers.flatMap(routesOf));
