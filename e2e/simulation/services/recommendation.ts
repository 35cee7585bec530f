import { decider } from '@assay/recommendation/domain/decider';
import { closing, opened, type Given, type Running } from './composing.ts';
import { openReadModel } from './read-model.ts';

export const startRecommendation = async (given: Given): Promise<Running> => {
  const model = await openReadModel(given.log, given.process, given.file);
  const { close } = closing(await opened(decider, given));
  return {
    close: async () => {
      await close();
      await model.close();
    },
  };
};
