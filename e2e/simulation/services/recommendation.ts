import { program } from '@assay/recommendation/domain/decide';
import { closing, opened, type Given, type Running } from './composing.ts';
import { openReadModel } from './read-model.ts';

export const startRecommendation = async (given: Given): Promise<Running> => {
  const model = await openReadModel(given.log, given.process, given.file);
  const { close } = closing(await opened(program, given));
  return {
    close: async () => {
      await close();
      await model.close();
    },
  };
};
