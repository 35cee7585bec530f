import { parse } from 'yaml';
import { read } from './files.ts';

interface ComposeService {
  readonly image: string;
  readonly build?: { readonly target: string; readonly dockerfile: string; readonly context: string };
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly healthcheck?: object;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly networks?: readonly string[];
  readonly tmpfs?: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly profiles?: readonly string[];
  readonly mem_limit?: string;
  readonly depends_on?: Readonly<Record<string, object>>;
}

const composed = parse(read('docker/compose.yml'), { merge: true }) as {
  services: Record<string, ComposeService>;
  volumes: Record<string, object>;
};

/** The services of docker/compose.yml, with variables unexpanded. */
export const { services, volumes } = composed;

export interface ImageStage {
  readonly name: string;
  readonly from: string;
  readonly lines: readonly string[];
}

/** The stages of docker/Dockerfile; each instruction is one line. */
export const stages: readonly ImageStage[] = read('docker/Dockerfile')
  .replaceAll(/\\\n\s*/g, ' ')
  .split(/^(?=FROM )/m)
  .slice(1)
  .map((text) => {
    const [from = '', ...lines] = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    const [, base = '', name = ''] = /^FROM (\S+) AS (\S+)$/.exec(from) ?? [];
    return { name, from: base, lines };
  });

/** The instructions of a stage: those of its base stages first, then its own. */
export const instructionsOf = (name: string): readonly string[] => {
  const stage = stages.find((each) => each.name === name);
  return stage ? [...instructionsOf(stage.from), ...stage.lines] : [];
};
