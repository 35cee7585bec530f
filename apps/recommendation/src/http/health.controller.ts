import { Controller, Get } from '@nestjs/common';
import { unavailable } from '@assay/arm';
import { View } from '../view/view.ts';

/** For whoever starts, restarts and routes to this process. */
@Controller()
export class HealthController {
  constructor(private readonly view: View) {}

  @Get('healthz')
  alive(): object {
    return { status: 'ok' };
  }

  @Get('readyz')
  async ready(): Promise<object> {
    const fresh = await this.view.freshness();
    if (fresh.state === 'behind') throw unavailable('The read model has not caught up with the log yet.');
    return { status: 'ready', ...fresh };
  }
}
