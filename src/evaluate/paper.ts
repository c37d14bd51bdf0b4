// Table 3 of "Language Models are Unsupervised Multitask Learners" (Radford et al., 2019): GPT-2
// without any training on the task, in each of its four sizes.

import { type Gpt2Config, type PublishedSize, publishedSizes } from '../../models/gpt2/config.ts';

const paperColumns = [
  'LAMBADA perplexity',
  'LAMBADA accuracy',
  'WikiText-2',
  'PTB',
  'WikiText-103',
] as const;
export type PaperColumn = (typeof paperColumns)[number];

const table: Readonly<Record<PublishedSize, readonly number[]>> = {
  '124M': [35.13, 0.4599, 29.41, 65.85, 37.5],
  '355M': [15.6, 0.5548, 22.76, 47.33, 26.37],
  '774M': [10.87, 0.6012, 19.93, 40.31, 22.05],
  '1558M': [8.63, 0.6324, 18.34, 35.76, 17.48],
};

export function paperValue(size: PublishedSize, column: PaperColumn): number {
  return table[size][paperColumns.indexOf(column)]!;
}

/** Which of the four a model is by its shape, or null. */
export function publishedSizeOf(config: Gpt2Config): PublishedSize | null {
  const shape = ['vocabularySize', 'contextLength', 'width', 'layerCount', 'headCount'] as const;
  for (const [size, published] of Object.entries(publishedSizes)) {
    if (shape.every((name) => config[name] === published[name])) return size as PublishedSize;
  }
  return null;
}
