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
import { openAccess, type Access } from './access/access.ts';
import { isGuarded } from './access/bearer.ts';
import { NeedsGuard } from './access/needs.ts';
import { meter, type Rate } from './access/rate.ts';
import { readJsonOnly } from './body.ts';
import { cleanPath } from './clean-path.ts';
import { ArmError, badRequest, codeOfStatus, envelope } from './error.ts';
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
import { sendLess } from './wire.ts';

export interface ArmApplicationOptions extends PagingOptions {
  /** Finds out who sends what goes to a guarded path; without it everybody may do everything. */
  readonly access?: Access | undefined;
  /** How many requests a caller may send; without it as many as he likes. */
  readonly rate?: Rate | undefined;
  /** Told of each request that failed for a reason inside, which its sender does not learn. */
  readonly failed?: ((what: string, error: unknown) => void) | undefined;
  /** 1 MiB unless said otherwise. */
  readonly bodyLimit?: number;
}

@Module({})
class ArmRoot {}

/** `Paging` is there for every controller, whatever module it comes from. */
const rooted = (module: Type | DynamicModule, paging: Paging): DynamicModule => ({
  module: ArmRoot,
  global: true,
  imports: [module],
  providers: [{ provide: Paging, useValue: paging }],
  exports: [Paging],
});

const problems = (errors: readonly ValidationError[], path = ''): { code: string; message: string; target: string }[] =>
  errors.flatMap((error) => {
    const target = path ? `${path}.${error.property}` : error.property;
    const { whitelistValidation, ...others } = error.constraints ?? {};
    const messages = [
      ...(whitelistValidation ? [`There is no member '${error.property.slice(0, 100)}' here.`] : []),
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

/**
 * `null` is how some clients write what they do not give. Checks let it pass where nothing need be given; from here on
 * it is not there.
 */
const withoutNulls = (body: unknown): unknown => {
  if (Array.isArray(body)) body.forEach(withoutNulls);
  // Only of classes: what else stands in a body is the client's own.
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

/** What is not known is refused, not dropped: whoever asks for it must learn that he does not get it. */
const checks = { transform: true, whitelist: true, forbidNonWhitelisted: true, exceptionFactory: refused } as const;

/**
 * DTOs are checked at the door. What answers show besides, they name with `@Shown`: clients send back whole objects
 * that they read.
 */
const validation = (): ValidationPipe => new BodyPipe(checks);

/**
 * For bodies that must be there, and be an object. The parameter itself must be `unknown`, or it is checked at the door
 * before.
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

/** Answers what is no readable HTTP request, for whoever listens. */
export const refuseUnreadable = (error: { code?: string }, socket: Socket): void => {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
  const body = JSON.stringify(
    envelope(
      codeOfStatus(status),
      status === 408 ? 'The request did not come whole in time.' : 'The request could not be read.',
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
    // A long id comes as one parameter; the router's own limit of 100 characters would answer 404.
    routerOptions: { caseSensitive: false, ignoreTrailingSlash: true, maxParamLength: 2048 },
    rewriteUrl: (request: { url?: string | undefined }) => cleanPath(request.url ?? '/'),
    frameworkErrors: (error: { statusCode?: number; message: string }, request: unknown, reply: unknown) => {
      const status = error.statusCode ?? 500;
      identify(request as ArmRequest, reply as ArmReply);
      void (reply as ArmReply).code(status).send(envelope(codeOfStatus(status), error.message));
    },
    clientErrorHandler: refuseUnreadable,
  });

/** Each answer can be found again by the id that the client gave it, and by ours. */
const identify = (request: ArmRequest, reply: ArmReply): void => {
  for (const [name, value] of Object.entries(identifiersOf(request))) reply.header(name, value);
  // A browser that guesses would find markup in names that images brought.
  reply.header('x-content-type-options', 'nosniff');
};

/**
 * A Nest application on Fastify that speaks as Azure Resource Manager does: paths cleaned, JSON only, errors in the
 * envelope, and everybody asked who he is and what he may do. It does not listen yet.
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
    // Before its body is read: nobody has a use for it.
    if (incoming.is404) methods.refuse(request);
    refuseRepeatedQuery(request);
    refuseEncodedBody(request);
  });
  sendLess(adapter.getInstance() as never);
  readJsonOnly(adapter.getInstance());
  const app = await NestFactory.create<NestFastifyApplication>(rooted(module, new Paging(options)), adapter, {
    abortOnError: false,
    logger: false,
    bodyParser: false,
  });
  return app
    .useGlobalFilters(new ArmErrorFilter(options.failed ?? (() => undefined)))
    .useGlobalGuards(new NeedsGuard(app.get(Reflector)))
    .useGlobalPipes(validation());
};
