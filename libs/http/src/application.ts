import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import {
  Module,
  ValidationPipe,
  type ArgumentMetadata,
  type DynamicModule,
  type PipeTransform,
  type Type,
  type ValidationError,
} from '@nestjs/common';
import { NestFactory, Reflector } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { LaterVersions } from './api-version.ts';
import { openAccess, type Access } from './access/access.ts';
import { isGuarded } from './access/bearer.ts';
import { NeedsGuard } from './access/needs.ts';
import { meter, type Rate } from './access/rate.ts';
import { readJsonOnly } from './body.ts';
import { cleanPath } from './clean-path.ts';
import { ArmError, badRequest, codeOfStatus, envelope } from '@assay/arm';
import type { LogPosition } from '@assay/messaging';
import { ArmErrorFilter } from './error-filter.ts';
import {
  identifiersOf,
  refuseEncodedBody,
  refuseRepeatedAuthorization,
  refuseRepeatedQuery,
  type ArmReply,
  type ArmRequest,
} from './http.ts';
import { Methods } from './methods.ts';
import { Paging, type PagingOptions } from './paging.ts';
import { namePositions, PositionGuard } from './log-position.ts';
import { PositionSeal } from './position-seal.ts';
import { reduceAnswers } from './wire.ts';

/** One answered request. */
export interface HttpAnswer {
  readonly method: string;
  /** Template of the route. Absent if none matched. */
  readonly route?: string | undefined;
  readonly status: number;
  readonly seconds: number;
}

export interface ArmApplicationOptions extends PagingOptions {
  /** Identifies the sender of a request to a guarded path; without it every client may do everything. */
  readonly access?: Access | undefined;
  /** Limits the requests of each caller; unlimited without it. */
  readonly rate?: Rate | undefined;
  /** Receives each internal failure; the client does not see its reason. */
  readonly failed?: ((request: string, error: unknown) => void) | undefined;
  /** Receives a line about what an operator may want to know. */
  readonly noticed?: ((line: string) => void) | undefined;
  /** Receives each answered request, for metrics. */
  readonly answered?: ((answer: HttpAnswer) => void) | undefined;
  /** 1 MiB by default. */
  readonly bodyLimit?: number;
  /** Waits until answers hold what lies before a position of the log; false on timeout. */
  readonly reached?: ((position: LogPosition) => Promise<boolean>) | undefined;
}

@Module({})
class ArmRoot {}

/** `Paging`, `PositionSeal` and `LaterVersions` are available to every controller of every module. */
const rooted = (module: Type | DynamicModule, options: ArmApplicationOptions, seal: PositionSeal): DynamicModule => ({
  module: ArmRoot,
  global: true,
  imports: [module],
  providers: [
    { provide: Paging, useValue: new Paging(options) },
    { provide: PositionSeal, useValue: seal },
    { provide: LaterVersions, useValue: new LaterVersions(options.noticed ?? (() => undefined)) },
  ],
  exports: [Paging, PositionSeal, LaterVersions],
});

const problems = (errors: readonly ValidationError[], path = ''): { code: string; message: string; target: string }[] =>
  errors.flatMap((error) => {
    const target = path ? `${path}.${error.property}` : error.property;
    const { whitelistValidation, ...others } = error.constraints ?? {};
    const messages = [
      ...(whitelistValidation ? [`There is no member '${error.property.slice(0, 100)}'.`] : []),
      ...Object.values(others),
    ];
    return [
      ...messages.map((message) => ({ code: 'InvalidRequestContent', message, target })),
      ...problems(error.children ?? [], target),
    ];
  });

const refused = (errors: readonly ValidationError[]): ArmError => {
  const [first, ...others] = problems(errors);
  return badRequest('InvalidRequestContent', first?.message ?? 'The request content is invalid.', {
    ...(first ? { target: first.target } : {}),
    details: others,
  });
};

/** Some clients write `null` for absent members. Checks accept it for optional members; it is removed here. */
const withoutNulls = (body: unknown): unknown => {
  if (Array.isArray(body)) body.forEach(withoutNulls);
  // Only in instances of classes: other objects in a body are the client's own data.
  if (
    typeof body !== 'object' ||
    body === null ||
    Array.isArray(body) ||
    Object.getPrototypeOf(body) === Object.prototype
  )
    return body;
  for (const [name, value] of Object.entries(body)) {
    if (value === null) Reflect.deleteProperty(body, name);
    else withoutNulls(value);
  }
  return body;
};

class BodyPipe extends ValidationPipe {
  override async transform(body: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    return withoutNulls(await super.transform(body, metadata));
  }
}

/** Refuses unknown members instead of dropping them: the client must learn that they have no effect. */
const checks = { transform: true, whitelist: true, forbidNonWhitelisted: true, exceptionFactory: refused } as const;

/**
 * Checks DTOs before the handler. Members that only answers have are marked with `@Shown`, since clients send back
 * whole objects that they read.
 */
const validation = (): ValidationPipe => new BodyPipe(checks);

/**
 * For bodies that must be present and an object. The type of the parameter itself must be `unknown`, or the global pipe
 * checks it before.
 */
export const strictly = (expectedType: Type): PipeTransform & { readonly expectedType: Type } => {
  const pipe = new BodyPipe({ ...checks, expectedType });
  return {
    expectedType,
    transform: (body: unknown, metadata) => {
      if (typeof body !== 'object' || body === null || Array.isArray(body))
        throw badRequest('InvalidRequestContent', 'The request content must be an object.');
      return pipe.transform(body, metadata);
    },
  };
};

/** Answers a request that is not readable HTTP, for any server. */
export const refuseUnreadable = (error: { code?: string }, socket: Socket): void => {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
  const body = JSON.stringify(
    envelope(
      codeOfStatus(status),
      status === 408 ? 'The request did not arrive completely in time.' : 'The request could not be read.',
    ),
  );
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
    ...identifiersOf({ headers: {} }),
    connection: 'close',
  };
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${Object.entries(headers)
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('')}\r\n${body}`,
  );
};

const server = (options: ArmApplicationOptions): FastifyAdapter =>
  new FastifyAdapter({
    bodyLimit: options.bodyLimit ?? 1 << 20,
    // A long id is one parameter; the router's own limit of 100 characters would answer 404.
    routerOptions: { caseSensitive: false, ignoreTrailingSlash: true, maxParamLength: 2048 },
    rewriteUrl: (request: { url?: string | undefined }) => cleanPath(request.url ?? '/'),
    frameworkErrors: (error: { statusCode?: number; message: string }, request: unknown, reply: unknown) => {
      const status = error.statusCode ?? 500;
      identify(request as ArmRequest, reply as ArmReply);
      void (reply as ArmReply).code(status).send(envelope(codeOfStatus(status), error.message));
    },
    clientErrorHandler: refuseUnreadable,
  });

/** An answer can be traced by the client's request id and by ours. */
const identify = (request: ArmRequest, reply: ArmReply): void => {
  for (const [name, value] of Object.entries(identifiersOf(request))) reply.header(name, value);
  // A browser that sniffs the type would find markup in names taken from images.
  reply.header('x-content-type-options', 'nosniff');
};

/**
 * Builds a Nest application on Fastify in the style of Azure Resource Manager. Paths are cleaned, bodies are JSON only,
 * and errors use the envelope. Every caller is authenticated and authorized. The application does not listen yet.
 */
export const armApplication = async (
  module: Type | DynamicModule,
  options: ArmApplicationOptions = {},
): Promise<NestFastifyApplication> => {
  const adapter = server(options);
  const { access = openAccess, rate } = options;
  const methods = new Methods(adapter.getInstance() as never);
  adapter.getInstance().addHook('onRequest', async (incoming, reply) => {
    const request = incoming as unknown as ArmRequest;
    identify(request, reply as unknown as ArmReply);
    refuseRepeatedAuthorization(incoming.raw.rawHeaders);
    if (isGuarded(request)) {
      request.caller = await access.identify(request);
      if (rate && !(incoming.routeOptions.config as { readonly unmetered?: true }).unmetered)
        meter(rate, request, reply as unknown as ArmReply);
    }
    // Before the body is read: no route would use it.
    if (incoming.is404) methods.refuse(request);
    refuseRepeatedQuery(request);
    refuseEncodedBody(request);
  });
  const { answered } = options;
  if (answered)
    adapter.getInstance().addHook('onResponse', async ({ method, is404, routeOptions }, { statusCode, elapsedTime }) =>
      answered({
        method,
        status: statusCode,
        seconds: elapsedTime / 1000,
        ...(is404 || routeOptions.url === undefined ? {} : { route: routeOptions.url }),
      }),
    );
  const seal = new PositionSeal(options);
  namePositions(adapter.getInstance() as never, seal);
  reduceAnswers(adapter.getInstance() as never);
  readJsonOnly(adapter.getInstance());
  const app = await NestFactory.create<NestFastifyApplication>(rooted(module, options, seal), adapter, {
    abortOnError: false,
    logger: false,
    bodyParser: false,
  });
  return app
    .useGlobalFilters(new ArmErrorFilter(options.failed ?? (() => undefined)))
    .useGlobalGuards(new NeedsGuard(app.get(Reflector)), new PositionGuard(seal, options.reached))
    .useGlobalPipes(validation());
};
