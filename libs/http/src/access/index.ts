export { openAccess, sharedToken, type Access } from './access.ts';
export { accessSettings, type CallerAccess } from './access-settings.ts';
export { isGuarded } from './bearer.ts';
export { superuser, Caller, type Grant, type Reach } from './caller.ts';
export { callerOf, demand, needOf, Needs, NeedsNoRole, NeedsSomewhere, type Need } from './needs.ts';
export { OidcAccess } from './oidc.ts';
export { isUnmetered, Rate, rateSettings, remainingHeader, Unmetered, type Allowance } from './rate.ts';
export { operations, roleNamed, roles, type Operation, type Role } from './roles.ts';
