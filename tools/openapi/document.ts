import { etag, ifChanged, remainingHeader, type DescribedAnswer, type Parameters, type Schema } from '@assay/http';
import { version } from '@assay/process/version';
import { services } from '../../apps/assay/src/suite/services.ts';
import { classSchemas, type JsonSchema } from '../class-schemas.ts';
import {
  errorEnvelope,
  identifying,
  position,
  positioned,
  processPaths,
  readAsOf,
  refusals,
  scopeParameters,
  securitySchemes,
} from './parts.ts';
import { routesIn, type DescribedRoute } from './routes.ts';

const parametersIn = (place: 'query' | 'header' | 'path', parameters: Parameters): object[] =>
  Object.entries(parameters).map(([name, { description, schema, required = place === 'path' }]) => ({
    name,
    in: place,
    description,
    required,
    schema,
  }));

const pathParameters = ({ params, description, name }: DescribedRoute): object[] =>
  params.flatMap((param) => {
    const own = description.path?.[param];
    if (own) return parametersIn('path', { [param]: own });
    if (param in scopeParameters) return [{ $ref: `#/components/parameters/${param}` }];
    throw new Error(`${name} does not say what {${param}} is`);
  });

const headersOf = (headers: Parameters): Readonly<Record<string, object>> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, { description, schema, required }]) => [
      name,
      { description, schema, ...(required ? { required } : {}) },
    ]),
  );

const named = (kind: string, names: readonly string[]): Readonly<Record<string, object>> =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/${kind}/${name}` }]));

const identified = named('headers', Object.keys(identifying));
const ofAnswers = named('headers', Object.keys({ ...readAsOf, ...position }));

const responseOf = (
  { description, content, headers = {} }: DescribedAnswer,
  common: Readonly<Record<string, object>>,
): object => ({
  description,
  headers: { ...headersOf(headers), ...common },
  ...(content
    ? { content: Object.fromEntries(Object.entries(content).map(([type, schema]) => [type, { schema }])) }
    : {}),
});

const bodyOf = ({ body, description }: DescribedRoute): { readonly requestBody?: object } => {
  const ofClass = body && { $ref: `#/components/schemas/${body.name}` };
  const content: Readonly<Record<string, Schema>> | undefined = ofClass
    ? { 'application/json': description.narrows ? { allOf: [ofClass, description.narrows] } : ofClass }
    : description.body;
  // A body whose schemas require nothing is optional.
  const required = Object.values(content ?? {}).some((schema) => Object.keys(schema).length > 0);
  return content
    ? {
        requestBody: {
          required,
          content: Object.fromEntries(Object.entries(content).map(([type, schema]) => [type, { schema }])),
        },
      }
    : {};
};

const refusalOf = (refusal: Omit<DescribedAnswer, 'content'>): object =>
  responseOf({ content: { 'application/json': errorEnvelope }, ...refusal }, identified);

/** The refusals that every route of its kind may give, and its own. */
const refusalsOf = ({
  description,
  need,
  isMetered,
  params,
  body,
}: DescribedRoute): Readonly<Record<number, object>> => {
  const hasBody = body !== undefined || description.body !== undefined;
  const usual = [
    400,
    ...(need || description.security ? [401] : []),
    ...(need?.operation ? [403] : []),
    ...(params.length > 0 ? [404] : []),
    ...(hasBody ? [408, 413, 415] : []),
    ...(isMetered ? [429] : []),
    500,
    503,
  ];
  const own = Object.entries(description.refuses ?? {}).map(
    ([status, why]) => [status, refusalOf({ ...refusals[Number(status)], description: why })] as const,
  );
  return { ...named('responses', usual.map(String)), ...Object.fromEntries(own) };
};

const permission = ({ need }: DescribedRoute): string | undefined =>
  need &&
  (need.operation === undefined
    ? 'Needs a valid token, and no role.'
    : `Needs \`${need.operation}\` ` +
      `${need.partly ? 'somewhere in the scope; what lies elsewhere is not shown' : 'in the whole scope'}.`);

/** The last named part of the scope. */
const scopeOf = ({ params }: DescribedRoute): string =>
  ['registry', 'resource', 'resourceGroup', 'subscriptionId', 'managementGroup'].find((param) =>
    params.includes(param),
  ) ?? '';

/** The scope distinguishes the forms of a path; where it is the same, a part that only some of them name. */
const idOf = (route: DescribedRoute, routes: readonly DescribedRoute[]): string => {
  const forms = routes.filter(({ name }) => name === route.name);
  if (forms.length === 1) return route.name;
  const alike = forms.filter((each) => scopeOf(each) === scopeOf(route));
  const own = route.params.filter((param) => alike.some(({ params }) => !params.includes(param)));
  return [route.name, scopeOf(route), ...own].filter(Boolean).join('.');
};

/** The remaining requests of the caller, if its requests are counted. */
const remainingOf = ({ isMetered, method, path }: DescribedRoute): Readonly<Record<string, object>> =>
  isMetered
    ? headersOf({
        [remainingHeader(method, path)]: {
          description: 'How many requests are left to the caller.',
          schema: { type: 'string', pattern: '^\\d+$' },
        },
      })
    : {};

/** Groups whose controllers have names that readers of the document do not know. */
const tagNames: Readonly<Record<string, string>> = {
  Docs: 'Documentation',
  Grid: 'Notifications',
  Halted: 'Halted partitions',
  Ingest: 'Notifications',
  Knowledge: 'Databases',
  Me: 'Access',
  Parked: 'Parked events',
  Periods: 'Charges',
  Corrections: 'Charges',
  QueryLanguage: 'Resource Graph',
  ResourceGraph: 'Resource Graph',
  RulePreview: 'Rules',
};

/** `SubAssessments` to `Sub assessments`, unless it has a name of its own. */
const tagOf = (name: string): string =>
  tagNames[name] ?? name.replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

const operationOf = (route: DescribedRoute, routes: readonly DescribedRoute[]): object => {
  const {
    description: { summary, query = {}, headers = {}, answers, security = [] },
    need,
    apiVersions,
    tag,
  } = route;
  const note = permission(route);
  const ways = need ? ['bearer'] : security;
  return {
    operationId: idOf(route, routes),
    tags: [tagOf(tag)],
    summary,
    ...(note ? { description: note } : {}),
    parameters: [
      ...pathParameters(route),
      ...(apiVersions
        ? parametersIn('query', {
            'api-version': {
              description: 'Every version has the same shapes; one later than the newest is taken as it.',
              schema: { enum: apiVersions },
              required: true,
            },
          })
        : []),
      ...parametersIn('query', query),
      ...parametersIn('header', { ...headers, ...(isConditional(route) ? ifChanged : {}) }),
      ...(need ? Object.keys(positioned).map((name) => ({ $ref: `#/components/parameters/${name}` })) : []),
    ],
    ...bodyOf(route),
    ...(ways.length > 0 ? { security: ways.map((way) => ({ [way]: [] })) } : {}),
    responses: {
      ...(isConditional(route) ? named('responses', ['304']) : {}),
      ...Object.fromEntries(
        Object.entries(answers).map(([status, answer]) => [
          status,
          responseOf(answer, { ...identified, ...(need ? ofAnswers : {}), ...remainingOf(route) }),
        ]),
      ),
      ...refusalsOf(route),
    },
  };
};

/** True if the client can send the version that it has, as `If-None-Match`. */
const isConditional = ({ method, need }: DescribedRoute): boolean => method === 'get' && need !== undefined;

const pathsOf = (routes: readonly DescribedRoute[]): JsonSchema => {
  const operations = routes.map((route) => [route, operationOf(route, routes)] as const);
  return Object.fromEntries(
    [...Map.groupBy(operations, ([{ path }]) => path)].map(([path, group]) => [
      path,
      Object.fromEntries(group.map(([{ method }, operation]) => [method, operation])),
    ]),
  );
};

type Components = Record<string, unknown>;

/** Moves each schema with a title to the components, once, under that title. */
const hoisted = (value: unknown, into: Components): unknown => {
  if (Array.isArray(value)) return value.map((item) => hoisted(item, into));
  if (typeof value !== 'object' || value === null) return value;
  const { title, ...plain } = value as { readonly title?: unknown };
  const inner = (): JsonSchema =>
    Object.fromEntries(Object.entries(plain).map(([key, item]) => [key, hoisted(item, into)]));
  if (typeof title !== 'string' || !('type' in plain || 'allOf' in plain))
    return { ...(title === undefined ? {} : { title: hoisted(title, into) }), ...inner() };
  const own = inner();
  if (title in into && JSON.stringify(into[title]) !== JSON.stringify(own))
    throw new Error(`two schemas are called ${title}`);
  into[title] = own;
  return { $ref: `#/components/schemas/${title}` };
};

const referenced = (value: unknown): string[] =>
  [...JSON.stringify(value).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map((match) => match[1]!);

const reachable = (names: readonly string[], classes: Readonly<Record<string, JsonSchema>>): ReadonlySet<string> => {
  const found = new Set(names);
  for (const name of found) for (const next of referenced(classes[name])) found.add(next);
  return found;
};

/** An optional member of a body may also be `null`, and unknown members are not allowed. */
const asBody = ({ properties, required, ...rest }: JsonSchema): JsonSchema => {
  const needed = new Set(required as readonly string[] | undefined);
  return {
    ...rest,
    additionalProperties: false,
    properties: Object.fromEntries(
      Object.entries(properties as JsonSchema).map(([name, schema]) => [
        name,
        needed.has(name) || Object.keys(schema as JsonSchema).length === 0
          ? schema
          : { anyOf: [schema, { type: 'null' }] },
      ]),
    ),
    ...(required ? { required } : {}),
  };
};

/** Adds the classes that are referenced, and those that they reference. */
const withClasses = (paths: unknown, components: Components, bodies: readonly string[]): Components => {
  const classes = classSchemas('#/components/schemas/');
  for (const name of reachable(bodies, classes)) classes[name] = asBody(classes[name]!);
  const wanted = [...referenced(paths), ...referenced(components)];
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    if (name in components) continue;
    if (!classes[name]) throw new Error(`no class is called ${name}`);
    components[name] = classes[name];
    wanted.push(...referenced(classes[name]));
  }
  return Object.fromEntries(Object.entries(components).toSorted(([a], [b]) => (a < b ? -1 : 1)));
};

/** recommendation first: most routes are its own. */
const inDocument = services.toSorted(
  (a, b) => Number(b.name === 'recommendation') - Number(a.name === 'recommendation'),
);

/** The deciders of the services, without any outside connection. */
export const programs = services.map(({ decider }) => decider);

/** The OpenAPI 3.1 document of the whole suite, made from its routes. */
export const openApi = (routes: readonly DescribedRoute[] = routesIn(inDocument)): object => {
  const components: Components = {};
  const paths = hoisted({ ...pathsOf(routes), ...processPaths }, components);
  const responses = hoisted(
    {
      304: responseOf({ description: 'It is as the client has it.', headers: etag }, identified),
      ...Object.fromEntries(Object.entries(refusals).map(([status, refusal]) => [status, refusalOf(refusal)])),
    },
    components,
  );
  const parameters = Object.fromEntries(
    [...parametersIn('path', scopeParameters), ...parametersIn('header', positioned)].map((parameter) => [
      (parameter as { name: string }).name,
      parameter,
    ]),
  );
  return {
    openapi: '3.1.1',
    info: {
      title: 'Assay',
      version,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description:
        'Assesses container images when they are pushed, and answers as Azure Security Center did. Paths ' +
        'have no regard for case; a scope in them may begin with `//` or carry `%2F`.',
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      securitySchemes,
      parameters,
      headers: headersOf({ ...identifying, ...readAsOf, ...position }),
      responses,
      schemas: withClasses(
        paths,
        components,
        routes.flatMap(({ body }) => body?.name ?? []),
      ),
    },
  };
};
