import { decider } from '@assay/recommendation/domain/decider';
import { closing, opened, type Given, type RunningInstance } from './composing.ts';
import { openReadModel } from './read-model.ts';

export const startRecommendation = async (given: Given): Promise<RunningInstance> => {
  const model = await openReadModel(given.log, given.process, given.file);
  const { close } = closing(await opened(decider, given));
  return {
    close: async () => {
      await close();
      await model.close();
    },
  };
};
