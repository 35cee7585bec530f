import { Controller, Get, Inject, Optional, Req, UseGuards } from '@nestjs/common';
import { callerOf, Described, NeedsNoRole, type ArmRequest } from '@assay/http';
import { version } from '@assay/process/version';
import { isDemonstration } from '@assay/read-model/view/demonstration';
import { readableBy } from '@assay/read-model/store/readable';
import { View } from '@assay/read-model/view/view';
import { FreshGuard } from '../fresh.guard.ts';
import { Lanes } from '../lanes.ts';
import type { ToolLinks } from '../portal/links.ts';
import { PortalSettings } from '../portal/settings.ts';
import * as described from './me.openapi.ts';
import { SignIn } from './sign-in.ts';

/** Shows callers their own permissions, so that a page can disable what they may not do. */
@Controller('assay/me')
@UseGuards(FreshGuard)
export class MeController {
  readonly #signIn: SignIn;
  readonly #links: ToolLinks;

  constructor(
    private readonly view: View,
    private readonly lanes: Lanes,
    @Optional() @Inject(SignIn) signIn?: SignIn,
    @Optional() @Inject(PortalSettings) portal?: PortalSettings,
  ) {
    this.#signIn = signIn ?? new SignIn();
    this.#links = portal?.links ?? {};
  }

  @Get()
  @NeedsNoRole()
  @Described(described.shown)
  async me(@Req() request: ArmRequest): Promise<object> {
    const caller = callerOf(request);
    const { issuer } = this.#signIn;
    return {
      name: caller.name,
      roles: caller.roles,
      operations: caller.operations,
      everywhere: caller.everywhere,
      version,
      authentication: issuer === undefined ? 'development' : 'oidc',
      ...(issuer === undefined ? {} : { issuer }),
      // Addresses inside the operator's network are for those who look after the services.
      links: caller.operations.includes('services/read') ? this.#links : {},
      demonstration: await this.lanes.page(request, (query) => isDemonstration(query, readableBy(caller))),
    };
  }
}
