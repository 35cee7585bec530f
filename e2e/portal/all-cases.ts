import { actionCases } from './actions.ts';
import type { PortalCase } from './cases.ts';
import { chargeCases } from './charges.ts';
import { exemptionCases } from './exemptions.ts';
import { hostileCases } from './hostile.ts';
import { imageCases } from './image.ts';
import { listCases } from './lists.ts';
import { loadingCases } from './loading.ts';
import { queryCases } from './query.ts';
import { reachCases } from './reach.ts';
import { roleCases } from './roles.ts';
import { searchCases } from './search.ts';
import { issuerCase } from './sign-in.ts';
import { stateCases } from './states.ts';
import { todayCases } from './today.ts';
import { taskCases } from './tasks.ts';
import { toolCases } from './tools.ts';

/** All cases of the portal, each with a name of its own: its page, and its state or what is done on it. */
export const portalCases: readonly PortalCase[] = [
  ...stateCases,
  ...reachCases,
  ...hostileCases,
  ...listCases,
  ...loadingCases,
  ...imageCases,
  ...exemptionCases,
  ...actionCases,
  ...chargeCases,
  ...queryCases,
  ...taskCases,
  ...toolCases,
  ...roleCases,
  ...searchCases,
  ...todayCases,
  issuerCase,
];
