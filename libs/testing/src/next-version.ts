import { registerHooks } from 'node:module';
import { definitionOf, type Topic } from '@assay/events';

/**
 * Makes this process one of a release that knows one version of a topic's event more, and says it. The made-up version
 * carries what the one before does, and its schema is that one's.
 *
 * @returns how to be of the release before again
 */
export const knowNextVersion = (topic: Topic): (() => void) => {
  const definition = definitionOf(topic)!;
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
