import { Injectable } from '@nestjs/common';
import { unavailable } from '@assay/arm';
import { callerOf, closing, waitPreferred, type ArmReply, type ArmRequest } from '@assay/http';
import type { RunQuery } from '@assay/read-model/store/duckdb';
import type { CurrentAnswer } from '@assay/read-model/view/image-change-notifier';
import { View } from '@assay/read-model/view/view';
import { Lanes } from '../lanes.ts';

/** Maximum wait of a request: proxies time out after a minute. */
export const longestWaitSeconds = 50;

/** Answers at once or, with `Prefer: wait=N`, as soon as the answer is final. */
@Injectable()
export class LongPolling {
  constructor(
    private readonly view: View,
    private readonly lanes: Lanes,
  ) {}

  async answer<T>(
    request: ArmRequest,
    reply: ArmReply,
    digest: string,
    work: (query: RunQuery) => Promise<CurrentAnswer<T>>,
  ): Promise<T> {
    const { imageChanges: changes } = this.view;
    const preferred = waitPreferred(request);
    if (preferred === undefined || !changes.hasRoom) return (await this.lanes.byKey(request, work)).answer;
    const seconds = Math.min(preferred, longestWaitSeconds);
    reply.header('preference-applied', `wait=${seconds}`);
    const answer = await changes.until(() => this.lanes.byKey(request, work), digest, seconds * 1000, closing(reply));
    if (answer === undefined) throw unavailable('This process is stopping: send the request again.');
    // The caller's next query must see the result, too.
    this.view.queries.notified(callerOf(request).name);
    return answer;
  }
}
