import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, inject, it, onTestFinished } from 'vitest';
import { localSubscription } from '../../apps/assay/src/suite/local.ts';
import { home } from '../home.ts';
import { endpoint } from './clients.ts';

// The page is followed from nothing: what it shows is what runs.

const pageOf = (name: string): string => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
const page = pageOf('azure-clients.md');

/** The blocks of code below a heading, by language. */
const blocksOf = (heading: string, of = page): { readonly language: string; readonly code: string }[] => {
  const section = of.split(/^## /m).find((one) => one.startsWith(`${heading}\n`)) ?? '';
  return [...section.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = '', code = '']) => ({ language, code }));
};

const cache = join(home, 'azure-clients');
const constraints = {
  'Azure CLI': 'azure-cli==2.91.0\n',
  Python: 'azure-mgmt-resourcegraph==8.0.1\nazure-mgmt-security==7.0.0\n',
};

const bash = async (script: string, cwd: string, env: NodeJS.ProcessEnv = {}): Promise<string> => {
  const whole = `set -e; trap 'kill $(jobs -p) 2> /dev/null || true' EXIT\n${script}`;
  const { stdout } = await promisify(execFile)('bash', ['-c', whole], {
    cwd,
    maxBuffer: 1 << 26,
    env: { ...process.env, ...env },
  });
  return stdout;
};

/** Installs what the first block of a section installs, once for all runs. */
const installed = async (heading: keyof typeof constraints): Promise<string> => {
  const [install] = blocksOf(heading);
  // PIP_CONSTRAINT takes no path with a space.
  const folder = join(cache, heading.replace(' ', '-'));
  const pins = join(folder, 'constraints.txt');
  if (!existsSync(join(folder, 'ready'))) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    writeFileSync(pins, constraints[heading]);
    await bash(`${install?.code}\ntouch ready`, folder, { PIP_CONSTRAINT: pins });
  }
  return folder;
};

// The first run takes minutes, for which a hook has more patience than a test.
beforeAll(async () => {
  await installed('Azure CLI');
  await installed('Python');
});

const given = {
  ASSAY_URL: endpoint.url,
  ASSAY_TOKEN: inject('readersToken'),
  SUBSCRIPTION: localSubscription,
  REQUESTS_CA_BUNDLE: endpoint.ca,
  SSL_CERT_FILE: endpoint.ca,
};

const emptyFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-clients-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { readonly port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
};

it('Azure CLI lists registries, plans and findings, and asks Resource Graph', async () => {
  const folder = await installed('Azure CLI');
  const [, ...blocks] = blocksOf('Azure CLI');
  const script = blocks
    .map(({ code }) => code)
    .join('\n')
    .replaceAll('8181', String(await freePort()));
  const path = `${join(folder, 'azure-cli/bin')}:${process.env['PATH']}`;
  const one = 'az acr show --name local --resource-group local --query name --output tsv';
  const out = await bash(`${script}\n${one}`, emptyFolder(), { ...given, PATH: path });
  expect(out).toContain('"displayName": "Local"');
  expect(out).toMatch(/^local +local +local +Standard/m);
  expect(out).toContain('"name": "Containers"');
  expect(out).toMatch(/^\d{2,}$/m);
  expect(out).toMatch(/^local$/m);
  expect(out).toContain('"type": "microsoft.security/assessments/subassessments"');
});

/** A program that has az parse each line, and prints its command in place of running it. */
const parses = `
import shlex, sys
from azure.cli.core import get_default_cli
from azure.cli.core.commands import AzCliCommandInvoker
AzCliCommandInvoker._run_job = lambda self, arguments, _: print("parsed:", arguments.command) or []
for line in sys.stdin:
    get_default_cli().invoke(shlex.split(line)[1:]) and sys.exit(1)
`;

it('Azure CLI parses the five commands that lead from a subscription to its first result', async () => {
  const commands = blocksOf('The first result', pageOf('registries.md'))
    .filter(({ language }) => language === 'sh')
    .map(({ code }) => code.replaceAll('\\\n', ''))
    .join('');
  const to = emptyFolder();
  const out = await bash('"$PYTHON" -c "$PARSES" <<< "$COMMANDS"', to, {
    PYTHON: join(await installed('Azure CLI'), 'azure-cli/bin/python'),
    PARSES: parses,
    COMMANDS: commands.trim(),
    AZURE_CONFIG_DIR: to,
    AZURE_CORE_COLLECT_TELEMETRY: 'no',
  });
  expect(out.match(/(?<=^parsed: ).*/gm)).toEqual([
    'ad sp create-for-rbac',
    'role assignment create',
    'role assignment create',
    'rest',
    'rest',
  ]);
});

it('the Python clients list plans, and ask Resource Graph', async () => {
  const folder = await installed('Python');
  const program = blocksOf('Python').find(({ language }) => language === 'python');
  const to = emptyFolder();
  writeFileSync(join(to, 'findings.py'), program!.code);
  const out = await bash(`${join(folder, 'azure-python/bin/python')} findings.py`, to, given);
  expect(out).toContain('ContainerRegistry Standard\n');
  expect(out).toContain("'type': 'microsoft.security/assessments/subassessments'");
});

it('the Go client asks Resource Graph', async () => {
  const [modules, program] = blocksOf('Go');
  const to = emptyFolder();
  writeFileSync(join(to, 'main.go'), program!.code);
  const out = await bash(`${modules!.code}\ngo mod tidy\ngo run .`, to, { ...given, GOFLAGS: '-mod=mod' });
  expect(out).toContain('type:microsoft.security/assessments/subassessments');
});

it.each([
  ['GET', '/subscriptions?api-version=2020-01-01', 200],
  ['GET', `/subscriptions/${localSubscription}/providers/Microsoft.OperationalInsights/workspaces`, 404],
  ['POST', '/providers/Microsoft.ResourceGraph/resources?api-version=2021-06-01-preview', 200],
])("%s %s, as Grafana's data source sends it, is answered with %d", async (method, path, status) => {
  const [shown] =
    page.match(
      new RegExp(
        `^\\| \`${method} ${path.replace(localSubscription, '{id}').replaceAll(/[?{}]/g, String.raw`\$&`)}\` .*$`,
        'm',
      ),
    ) ?? [];
  expect(shown).toBeDefined();
  const body = { query: 'Resources | project id | limit 1', subscriptions: [localSubscription] };
  const answer = await fetch(endpoint.url + path, {
    method,
    headers: { authorization: `Bearer ${inject('readersToken')}`, 'content-type': 'application/json' },
    ...(method === 'POST' ? { body: JSON.stringify(body) } : {}),
  });
  expect(answer.status).toBe(status);
});
