import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

interface Step {
  readonly uses?: string;
  readonly run?: string;
}
interface Workflow {
  readonly on: object;
  readonly permissions: object;
  readonly jobs: Readonly<Record<string, { readonly 'timeout-minutes'?: number; readonly steps: readonly Step[] }>>;
}
interface IssueForm {
  readonly name: string;
  readonly description: string;
  readonly body: readonly {
    readonly type: string;
    readonly id?: string;
    readonly attributes: { readonly label?: string };
  }[];
}

const folder = new URL('../.github/', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, folder), 'utf8');
const workflows = readdirSync(new URL('workflows', folder));
const forms = readdirSync(new URL('ISSUE_TEMPLATE', folder)).filter((name) => name !== 'config.yml');

describe('.github', () => {
  it.each(workflows)('%s pins its actions by commit, uses no secrets, and has a time limit', (name) => {
    const text = read(`workflows/${name}`);
    const { permissions, jobs } = parse(text) as Workflow;
    expect(text).not.toMatch(/\bsecrets\b/);
    expect(permissions).toEqual({ contents: 'read' });
    for (const job of Object.values(jobs)) {
      expect(job['timeout-minutes']).toBeLessThanOrEqual(90);
      const actions = job.steps.flatMap(({ uses }) => uses ?? []);
      expect(actions.filter((action) => !/@[0-9a-f]{40}$/.test(action))).toEqual([]);
    }
  });

  it('runs .ci/run for each push and pull request', () => {
    const { on, jobs } = parse(read('workflows/checks.yml')) as Workflow;
    expect(Object.keys(on)).toEqual(['push', 'pull_request']);
    expect(Object.values(jobs).flatMap(({ steps }) => steps.map(({ run }) => run))).toContain('bash .ci/run');
    expect(existsSync(new URL('../.ci/run', folder))).toBe(true);
  });

  it.each(forms)('%s is an issue form that asks for the examination of the machine', (name) => {
    const { name: title, description, body } = parse(read(`ISSUE_TEMPLATE/${name}`)) as IssueForm;
    const questions = body.filter(({ type }) => type !== 'markdown');
    expect([title, description].every(Boolean)).toBe(true);
    expect(new Set(questions.map(({ id }) => id)).size).toBe(questions.length);
    expect(questions.map(({ attributes: { label } }) => label).join()).toContain('assay doctor --json');
  });
});
