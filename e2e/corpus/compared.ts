import type { Side } from './advisories.ts';
import type { OraclePackage } from './recipe.ts';

interface Judged {
  readonly side: Side;
  readonly status: string;
  readonly reason?: string | undefined;
  /** The reason for which it is undetermined, rather than healthy. */
  readonly doubt?: string | undefined;
  /** Name and version of the package of each finding. */
  readonly found: readonly string[];
  readonly packages: readonly OraclePackage[];
}

const few = (names: readonly string[]): string => (names.length === 0 ? '' : ` (${names.slice(0, 5).join(', ')})`);

/** Compares a status and its findings with the packages of the oracle. A package may lie in several places. */
export const compared = ({
  side,
  status,
  reason,
  doubt,
  found,
  packages,
}: Judged): { agrees: boolean; text: string } => {
  const all = new Set(packages.map(({ name, version }) => `${name} ${version}`));
  const [have, want] = [new Set(found), side === 'below' ? all : new Set<string>()];
  const missing = [...want].filter((each) => !have.has(each));
  const extra = [...have].filter((each) => !want.has(each));
  const isWanted =
    side === 'below' ? status === 'unhealthy' : status === (doubt ? 'undetermined' : 'healthy') && reason === doubt;
  return {
    agrees: all.size > 0 && isWanted && missing.length + extra.length === 0,
    text:
      `${all.size} packages, ${have.size} found, ${missing.length} missing${few(missing)}, ` +
      `${extra.length} extra${few(extra)}`,
  };
};
