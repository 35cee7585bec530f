import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { ArmError, codeOfStatus, envelope, type ErrorEnvelope } from '@assay/arm';
import { pathOf, type ArmReply, type ArmRequest } from './http.ts';

/** Turns every error that reaches the edge into the envelope, from any source. */
@Catch()
export class ArmErrorFilter implements ExceptionFilter {
  /** @param failed receives the internal failures, which no client caused */
  constructor(private readonly failed: (request: string, error: unknown) => void) {}

  catch(error: unknown, host: ArgumentsHost): void {
    if (host.getType() !== 'http') throw error;
    const http = host.switchToHttp();
    const reply = http.getResponse<ArmReply>();
    if (reply.sent) return;
    const { status, body, headers } = this.#answer(error, http.getRequest<ArmRequest>());
    for (const [name, value] of Object.entries(headers)) reply.header(name, value);
    reply.code(status).header('content-type', 'application/json; charset=utf-8').send(body);
  }

  #answer(
    error: unknown,
    request: ArmRequest,
  ): { status: number; body: ErrorEnvelope; headers: Readonly<Record<string, string>> } {
    if (error instanceof ArmError)
      return { status: error.getStatus(), body: error.getResponse() as ErrorEnvelope, headers: error.headers };
    const status = statusOf(error);
    if (status === 404)
      return {
        status,
        body: envelope('ResourceNotFound', `Nothing is found at '${request.method} ${pathOf(request)}'.`),
        headers: {},
      };
    if (status < 500) return { status, body: envelope(codeOfStatus(status), (error as Error).message), headers: {} };
    // Internal failures are for the log only: they may name files, hosts or values.
    this.failed(`${request.method} ${pathOf(request)}`, error);
    return {
      status,
      body: envelope(codeOfStatus(status), 'The request failed because of an error of the server.'),
      headers: {},
    };
  }
}

const statusOf = (error: unknown): number => {
  // Checks the shape, not the class: an exception may come from another copy of the framework, or from Fastify.
  const { getStatus, statusCode: plain } = (error ?? {}) as { getStatus?: () => number; statusCode?: unknown };
  const statusCode: unknown = typeof getStatus === 'function' ? getStatus.call(error) : plain;
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode <= 599 ? statusCode : 500;
};
