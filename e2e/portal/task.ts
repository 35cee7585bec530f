import type { Locator } from 'playwright-core';

/** A task that a person does within a number of actions: a click, or a text that is typed or pasted. */
export class Task {
  #done: string[] = [];

  constructor(private readonly most: number) {}

  async click(what: Locator): Promise<void> {
    this.#act(`click ${what.toString()}`);
    await what.click();
  }

  async type(text: string, into: Locator): Promise<void> {
    this.#act(`type into ${into.toString()}`);
    await into.fill(text);
  }

  #act(action: string): void {
    this.#done.push(action);
    if (this.#done.length > this.most)
      throw new Error(`It took more than ${this.most} actions:\n${this.#done.join('\n')}`);
  }
}
