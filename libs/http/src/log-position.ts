import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { badRequest, unavailable } from '@assay/arm';
import { Appended, joined, type LogPosition } from '@assay/messaging';
import { isGuarded } from './access/bearer.ts';
import { headerOf, type ArmReply, type ArmRequest } from './http.ts';
import type { PositionSeal } from './position-seal.ts';

/**
 * The header with which an answer to a write names its position in the log. A request that sends it back is answered by
 * no less, from any replica of any service with the same key.
 */
export const positionHeader = 'x-assay-position';

interface Hooks {
  addHook(name: 'preHandler', hook: (request: ArmRequest, reply: ArmReply, done: () => void) => void): unknown;
  addHook(name: 'onSend', hook: (request: ArmRequest, reply: ArmReply) => Promise<void>): unknown;
}

const written = new WeakMap<ArmRequest, Appended>();
const known = new WeakMap<ArmRequest, readonly LogPosition[]>();

/** The positions that the answer to a request must hold. */
export const fromOf = (request: ArmRequest): readonly LogPosition[] => known.get(request) ?? [];

/**
 * Names the positions of what a request appends in its answer, with those that the request named: so the answer to the
 * last write of a client stands for the earlier ones, too.
 */
export const namePositions = (server: Hooks, seal: PositionSeal): void => {
  server.addHook('preHandler', (request, _reply, done) => {
    const appended = new Appended();
    written.set(request, appended);
    appended.during(done);
  });
  server.addHook('onSend', async (request, reply) => {
    const positions = written.get(request)?.positions ?? [];
    if (positions.length > 0 && isGuarded(request))
      reply.header(positionHeader, seal.seal('writes', joined([...fromOf(request), ...positions])));
  });
};

/** The refusal of a request whose position is not reached in time. */
export const notReached = () =>
  unavailable('This replica has not read the change yet that the request asks for by its position.', 2);

/**
 * Reads the position that a request names, and waits for it.
 * @throws ArmError 400 if it is none of this suite, 503 if it is not reached in time
 */
@Injectable()
export class PositionGuard implements CanActivate {
  /** @param reached without it, routes wait by themselves */
  constructor(
    private readonly seal: PositionSeal,
    private readonly reached: (position: LogPosition) => Promise<boolean> = () => Promise.resolve(true),
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const request = context.switchToHttp().getRequest<ArmRequest>();
    const text = headerOf(request, positionHeader);
    if (text === undefined || text === '' || !isGuarded(request)) return true;
    const from = this.seal.unseal('writes', text) as readonly LogPosition[] | undefined;
    if (!from)
      throw badRequest('InvalidPosition', `The ${positionHeader} is none of this suite: send the request without it.`, {
        target: positionHeader,
      });
    known.set(request, from);
    for (const position of from) if (!(await this.reached(position))) throw notReached();
    return true;
  }
}
