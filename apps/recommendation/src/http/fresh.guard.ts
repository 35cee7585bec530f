import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { unavailable } from '@assay/arm';
import type { ArmReply, ArmRequest } from '@assay/http';
import { View } from '@assay/read-model/view/view';
import { keepReader } from './reader.ts';

const asOfHeader = 'x-assay-as-of';

/** The moment of the data of an answer, ms since the epoch: while the view is cut off from the log, an earlier one. */
export const asOfIn = (reply: ArmReply, now: number): number => {
  const asOf = reply.getHeader(asOfHeader);
  return asOf === undefined ? now : Date.parse(String(asOf));
};

/**
 * Marks or refuses outdated reads: 503 while the view is behind, or behind the position that the request names;
 * `x-assay-as-of` while it is cut off from the log.
 */
@Injectable()
export class FreshGuard implements CanActivate {
  constructor(private readonly view: View) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const [request, reply] = [http.getRequest<ArmRequest>(), http.getResponse<ArmReply>()];
    const fresh = await this.view.freshness();
    if (fresh.state === 'behind') throw unavailable('The read model has not caught up with the log yet.');
    if (fresh.state === 'cut-off') reply.header(asOfHeader, fresh.asOf);
    await keepReader(this.view, request, reply);
    return true;
  }
}
