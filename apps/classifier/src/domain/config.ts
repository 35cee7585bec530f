import {
  causeOf,
  recalledDatabaseIn,
  recalledIn,
  unexpected,
  withdrawnDatabaseIn,
  type EventFor,
  type RuleChanged,
} from '@assay/events';
import type { Config } from './state.ts';

/** A scope as it is compared: in lower case, without a slash at its end. */
export const scopeOf = ({ scope }: Pick<RuleChanged, 'scope'>): string => scope.toLowerCase().replace(/\/$/, '');

/** Two scopes may use the same rule id. */
const ruleKey = (rule: RuleChanged): string => `${scopeOf(rule)}|${rule.ruleId}`;

export const noConfig: Config = { rules: {}, removed: {}, recalled: {}, recalledDatabases: {} };

/** @param offset of the event in its topic */
export const evolveConfig = (config: Config, event: EventFor<'classifier', 'config'>, offset: number): Config => {
  switch (event.topic) {
    case 'rule.changed': {
      const { ruleId } = event.data;
      const cause = causeOf(event);
      const key = ruleKey(event.data);
      const { [key]: _before, ...rules } = config.rules;
      const { [key]: _gone, ...removed } = config.removed;
      return event.data.removed
        ? {
            ...config,
            rules,
            removed: { ...removed, [key]: { ruleId, scope: scopeOf(event.data), cause, offset } },
            changed: cause,
          }
        : { ...config, rules: { ...rules, [key]: { rule: event.data, cause, offset } }, removed, changed: cause };
    }
    case 'operator.acted': {
      const act = { cause: causeOf(event), offset };
      const build = recalledIn(event);
      if (build !== undefined) return { ...config, recalled: { ...config.recalled, [build]: act } };
      const database = recalledDatabaseIn(event);
      const { recalledDatabases } = config;
      if (database !== undefined)
        return { ...config, recalledDatabases: { ...recalledDatabases, [database]: act }, databasesActed: act };
      const { [withdrawnDatabaseIn(event) ?? '']: withdrawn, ...others } = recalledDatabases;
      return withdrawn ? { ...config, recalledDatabases: others, databasesActed: act } : config;
    }
    default:
      return unexpected(event);
  }
};
