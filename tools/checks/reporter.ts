import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { Reporter, TestCase, TestModule, TestRunEndReason } from 'vitest/node';
import { alone, detailMark, failedMark, literally } from './alone.ts';

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const called = process.env['npm_lifecycle_event'] ?? '';
const script = called.startsWith('test') ? called : 'test';

/** Lines of one failure that are repeated at the end; vitest has printed all of them above. */
const mostLines = 12;

/** The name by which `-t` finds a test: its own, after the names of the suites around it. */
const nameOf = (test: TestCase): string => {
  const names = [test.name];
  for (let around = test.parent; around.type === 'suite'; around = around.parent) names.unshift(around.name);
  return names.join(' ');
};

/** Closes a run with what failed, by name, with how to run it alone, and one line: `N passed, N failed`. */
export default class ClosingLines implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[], reason: TestRunEndReason): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const counted = (state: ReturnType<TestCase['result']>['state']): TestCase[] =>
      tests.filter((test) => test.result().state === state);
    const failed = counted('failed');
    const broken = modules.filter((module) => !module.ok() && ![...module.children.allTests('failed')].length);
    for (const test of failed)
      this.#failed(
        test.module,
        `${relative(process.cwd(), test.module.moduleId)} > ${nameOf(test)}`,
        test.result().errors ?? [],
        ['-t', literally(nameOf(test))],
      );
    // A hook that fails is an error of its suite, not of a test.
    for (const module of broken)
      this.#failed(
        module,
        relative(process.cwd(), module.moduleId),
        [module, ...module.children.allSuites()].flatMap((each) => each.errors()),
        [],
      );
    for (const error of unhandled) print(`${failedMark}outside of any test: ${(error as Error).message}`);
    // A test that did not run proves nothing.
    const idle = [...counted('skipped'), ...counted('pending')];
    if (process.env['CI'] && reason !== 'interrupted')
      for (const test of idle) print(`${failedMark}${nameOf(test)} did not run`);
    const failures = failed.length + broken.length + unhandled.length + (process.env['CI'] ? idle.length : 0);
    print(`${counted('passed').length} passed, ${failures} failed`);
  }

  #failed(
    { moduleId }: TestModule,
    what: string,
    errors: readonly { readonly message: string }[],
    more: readonly string[],
  ): void {
    print(`${failedMark}${what}`);
    for (const line of errors
      .flatMap(({ message }) => stripVTControlCharacters(message).split('\n'))
      .filter(Boolean)
      .slice(0, mostLines))
      print(`${detailMark}${line.slice(0, 300)}`);
    print(alone(script, [relative(process.cwd(), moduleId), ...more], process.env['ASSAY_SEED']));
  }
}
