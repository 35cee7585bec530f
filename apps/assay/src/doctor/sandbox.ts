import { checkWalls, findSandbox, type Sandbox, type WallCheck } from '@assay/sandbox-runner';
import { failed, type Check } from './check.ts';

interface SandboxChecked {
  readonly sandbox?: Sandbox;
  readonly check: Check;
  readonly walls: readonly WallCheck[];
}

const countOf = (walls: readonly WallCheck[], state: WallCheck['state']): number =>
  walls.filter((wall) => wall.state === state).length;

/** Finds the sandbox and tests every wall of it. Without one of the walls no scan runs. */
export const sandboxChecks = async (env: Readonly<Record<string, string | undefined>>): Promise<SandboxChecked> => {
  try {
    const sandbox = await findSandbox(env as NodeJS.ProcessEnv);
    const {
      walls,
      attacked: { checks, passed },
    } = await checkWalls(sandbox, env as NodeJS.ProcessEnv);
    const [missing, unknown, stand, absent] = (['missing', 'unknown', 'stands', 'not-here'] as const).map((state) =>
      countOf(walls, state),
    ) as [number, number, number, number];
    const details = { driver: sandbox.driver, checks };
    if (!passed || missing > 0) {
      const broken = checks.filter(({ held }) => !held).map(({ name, detail }) => `${name}: ${detail}`);
      return {
        walls,
        check: {
          name: 'sandbox',
          state: 'bad',
          found: `${sandbox.driver}: ${missing} of ${missing + unknown + stand} walls do not stand, see below`,
          remedies: broken,
          details,
        },
      };
    }
    const found =
      `${sandbox.driver}; each wall was tried, ${stand} stand` +
      `${absent > 0 ? `, ${absent} are not part of it` : ''}${unknown > 0 ? `, ${unknown} could not be checked` : ''}`;
    return {
      sandbox,
      walls,
      check: { name: 'sandbox', state: unknown > 0 ? 'could-be-better' : 'good', found, details },
    };
  } catch (error) {
    return { walls: [], check: failed('sandbox', error) };
  }
};
