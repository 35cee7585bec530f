import { registerHooks } from 'node:module';
import { definitionOf, present, type Topic } from '@assay/events';

/**
 * Turns this process into one of the next release, which knows one more version of a topic's event. The made-up version
 * has the same data and schema as the version before.
 *
 * @returns a function that undoes the change
 */
export const knowNextVersion = (topic: Topic): (() => void) => {
  const definition = present(definitionOf(topic), `definition of ${topic}`);
  const { version, upcasters, examples } = definition;
  const schemaOf = (of: number): string => `/schemas/${topic}.v${of}.json`;
  const hooks = registerHooks({
    resolve: (specifier, context, next) => next(specifier.replace(schemaOf(version + 1), schemaOf(version)), context),
  });
  Object.assign(definition, {
    version: version + 1,
    upcasters: { ...upcasters, [version]: (data: object) => data },
    examples: { ...examples, [version + 1]: examples[version as never] },
  });
  return () => {
    Object.assign(definition, { version, upcasters, examples });
    hooks.deregister();
  };
};
