import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { unavailable } from '@assay/arm';
import { type ArmReply } from '@assay/http';
import { View } from '../read-model/read-model.ts';

/** Marks or refuses outdated reads: 503 while the view is behind, `x-assay-as-of` while it is cut off from the log. */
@Injectable()
export class FreshGuard implements CanActivate {
  constructor(private readonly view: View) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const fresh = await this.view.freshness();
    if (fresh.state === 'behind') throw unavailable('The read model has not caught up with the log yet.');
    if (fresh.state === 'cut-off') context.switchToHttp().getResponse<ArmReply>().header('x-assay-as-of', fresh.asOf);
    return true;
  }
}
